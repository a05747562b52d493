/**
 * The shape that every prompt has, whoever asks and whatever has failed before. Strict servers and chat templates refuse
 * any other, and a chat that was refused once for its shape would be refused for ever.
 */
import type { LanguageModelV4, LanguageModelV4Message, LanguageModelV4Prompt } from "@ai-sdk/provider"
import { type LanguageModelMiddleware, wrapLanguageModel } from "ai"
import { saidIn } from "./said-in-message.ts"

/** @returns the model, which is only ever given prompts in shape */
export function keepingShape(model: LanguageModelV4): LanguageModelV4 {
  const middleware: LanguageModelMiddleware = {
    transformParams: async ({ params }) => ({ ...params, prompt: shapedPrompt(params.prompt) }),
  }
  return wrapLanguageModel({ model, middleware })
}

/**
 * The same conversation: instructions first, then user and assistant in turn, the user first and, but for the results of
 * tools, last. No message is empty, every call has one result right behind it, and every call's input is an object.
 */
export function shapedPrompt(prompt: LanguageModelV4Prompt): LanguageModelV4Prompt {
  const instructions = prompt.filter((message) => message.role === "system" && message.content.trim() !== "")
  const said = prompt.filter((message) => message.role !== "system").flatMap(saidIn)
  return [...instructions, ...inTurn(withResults(said))]
}

const unanswered = "Nothing is known of what came of this call."
const cutShort = "(This answer broke off.)"
const before = "(What was said before this is left out.)"
const goOn = "Go on."

/** Every call has its results in the message behind it; a result without a call is left out. */
function withResults(messages: LanguageModelV4Prompt): LanguageModelV4Prompt {
  const whole: LanguageModelV4Prompt = []
  let open: OpenCall[] = []
  let results: ToolContent = []

  function settle(): void {
    for (const { toolCallId, toolName } of open)
      results.push({ type: "tool-result", toolCallId, toolName, output: { type: "error-text", value: unanswered } })
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

/** Neighbours of one role become one message; where a role is missing in between, a few words stand for it. */
function inTurn(messages: LanguageModelV4Prompt): LanguageModelV4Prompt {
  const turns: LanguageModelV4Prompt = []
  for (const message of messages) {
    const last = turns.at(-1)
    if (last === undefined && message.role !== "user") turns.push(userSays(before))
    // Mistral's API refuses a user's message right behind a tool's.
    if (last?.role === "tool" && message.role === "user") turns.push(assistantSays(cutShort))
    const joined = last && joinedTo(last, message)
    if (joined) turns[turns.length - 1] = joined
    else turns.push(message)
  }
  const last = turns.at(-1)
  if (last === undefined || last.role === "assistant") turns.push(userSays(goOn))
  return turns
}

function joinedTo(last: LanguageModelV4Message, next: LanguageModelV4Message): LanguageModelV4Message | undefined {
  const providerOptions = last.providerOptions || next.providerOptions
  const options = providerOptions && { providerOptions: { ...last.providerOptions, ...next.providerOptions } }
  if (last.role === "user" && next.role === "user")
    return { role: "user", content: [...last.content, ...next.content], ...options }
  if (last.role !== "assistant" || next.role !== "assistant") return undefined
  return { role: "assistant", content: [...last.content, ...apart(last.content, next.content)], ...options }
}

/** Two answers that are joined stay two paragraphs: the texts of one message are read as one. */
function apart(last: AssistantContent, next: AssistantContent): AssistantContent {
  const index = last.some(({ type }) => type === "text") ? next.findIndex(({ type }) => type === "text") : -1
  return next.map((part, at) => (at === index && part.type === "text" ? { ...part, text: `\n\n${part.text}` } : part))
}

type AssistantContent = Extract<LanguageModelV4Message, { role: "assistant" }>["content"]
type ToolContent = Extract<LanguageModelV4Message, { role: "tool" }>["content"]

interface OpenCall {
  toolCallId: string
  toolName: string
}

/** Those that run here; what runs at the provider has its result in the same message. */
function callsIn(message: Extract<LanguageModelV4Message, { role: "assistant" }>): OpenCall[] {
  return message.content.flatMap((part) => (part.type === "tool-call" && !part.providerExecuted ? [part] : []))
}

function userSays(text: string): LanguageModelV4Message {
  return { role: "user", content: [{ type: "text", text }] }
}

function assistantSays(text: string): LanguageModelV4Message {
  return { role: "assistant", content: [{ type: "text", text }] }
}
