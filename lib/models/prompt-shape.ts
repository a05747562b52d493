/**
 * Gives every prompt the same valid shape, whatever failed earlier. Strict servers and chat templates refuse any other,
 * and such a chat would be refused at every later turn.
 */
import type { LanguageModelV4, LanguageModelV4Message, LanguageModelV4Prompt } from "@ai-sdk/provider"
import { type LanguageModelMiddleware, wrapLanguageModel } from "ai"
import { sendableMessage } from "./sendable-message.ts"

/** Wraps a model so that it receives only valid prompts. */
export function withValidPrompts(model: LanguageModelV4): LanguageModelV4 {
  const middleware: LanguageModelMiddleware = {
    transformParams: async ({ params }) => ({ ...params, prompt: validPrompt(params.prompt) }),
  }
  return wrapLanguageModel({ model, middleware })
}

/**
 * Reshapes a conversation: instructions first, then user and assistant in turn, the user first and (except for tool
 * results) last. No message is empty, every call is directly followed by one result, and every call's input is an
 * object.
 */
export function validPrompt(prompt: LanguageModelV4Prompt): LanguageModelV4Prompt {
  const instructions = prompt.filter((message) => message.role === "system" && message.content.trim() !== "")
  const messages = prompt.filter((message) => message.role !== "system").flatMap(sendableMessage)
  return [...instructions, ...alternating(withResults(messages))]
}

const unknownResult = "Nothing is known of what came of this call."
const interruptedNote = "(This answer broke off.)"
const omittedNote = "(What was said before this is left out.)"
const continueWord = "Go on."

/** Gives every call its results in the next message, and removes results without a call. */
function withResults(messages: LanguageModelV4Prompt): LanguageModelV4Prompt {
  const whole: LanguageModelV4Prompt = []
  let open: OpenCall[] = []
  let results: ToolContent = []

  function settle(): void {
    for (const { toolCallId, toolName } of open)
      results.push({ type: "tool-result", toolCallId, toolName, output: { type: "error-text", value: unknownResult } })
    if (results.length > 0) whole.push({ role: "tool", content: results })
    open = []
    results = []
  }

  for (const message of messages) {
    if (message.role !== "tool") {
      settle()
      whole.push(message)
      if (message.role === "assistant") open = callsIn(message)
      continue
    }
    for (const part of message.content) {
      if (part.type !== "tool-result") results.push(part)
      else if (open.some(({ toolCallId }) => toolCallId === part.toolCallId)) {
        open = open.filter(({ toolCallId }) => toolCallId !== part.toolCallId)
        results.push(part)
      }
    }
  }
  settle()
  return whole
}

/** Joins neighbouring messages of one role, and fills a missing role with a few words. */
function alternating(messages: LanguageModelV4Prompt): LanguageModelV4Prompt {
  const turns: LanguageModelV4Prompt = []
  for (const message of messages) {
    const last = turns.at(-1)
    if (last === undefined && message.role !== "user") turns.push(userSays(omittedNote))
    // Mistral's API refuses a user's message directly after a tool's.
    if (last?.role === "tool" && message.role === "user") turns.push(assistantSays(interruptedNote))
    const joined = last && joinedTo(last, message)
    if (joined) turns[turns.length - 1] = joined
    else turns.push(message)
  }
  const last = turns.at(-1)
  if (last === undefined || last.role === "assistant") turns.push(userSays(continueWord))
  return turns
}

function joinedTo(last: LanguageModelV4Message, next: LanguageModelV4Message): LanguageModelV4Message | undefined {
  const providerOptions = last.providerOptions || next.providerOptions
  const options = providerOptions && { providerOptions: { ...last.providerOptions, ...next.providerOptions } }
  if (last.role === "user" && next.role === "user")
    return { role: "user", content: [...last.content, ...next.content], ...options }
  if (last.role !== "assistant" || next.role !== "assistant") return undefined
  return { role: "assistant", content: [...last.content, ...asParagraph(last.content, next.content)], ...options }
}

/** Keeps two joined answers as separate paragraphs: the texts of one message are read as one. */
function asParagraph(last: AssistantContent, next: AssistantContent): AssistantContent {
  const index = last.some(({ type }) => type === "text") ? next.findIndex(({ type }) => type === "text") : -1
  return next.map((part, at) => (at === index && part.type === "text" ? { ...part, text: `\n\n${part.text}` } : part))
}

type AssistantContent = Extract<LanguageModelV4Message, { role: "assistant" }>["content"]
type ToolContent = Extract<LanguageModelV4Message, { role: "tool" }>["content"]

interface OpenCall {
  toolCallId: string
  toolName: string
}

/** Lists calls that run here; a provider's own call has its result in the same message. */
function callsIn(message: Extract<LanguageModelV4Message, { role: "assistant" }>): OpenCall[] {
  return message.content.flatMap((part) => (part.type === "tool-call" && !part.providerExecuted ? [part] : []))
}

function userSays(text: string): LanguageModelV4Message {
  return { role: "user", content: [{ type: "text", text }] }
}

function assistantSays(text: string): LanguageModelV4Message {
  return { role: "assistant", content: [{ type: "text", text }] }
}
