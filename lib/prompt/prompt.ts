import { convertToModelMessages, isToolUIPart, type ModelMessage, type ToolSet } from "ai"
import type { HistoryMessage } from "#db/repository/history.ts"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import { continueRequest } from "#lib/models/continue-request.ts"
import { promptParts } from "./quoted-material.ts"

/**
 * What the model is given: the stored history, never what a client says it was.
 * Answers that ended before their first word are left out, and tool calls that never got their result: also those that
 * wait for the user, or were approved and not run.
 */
export async function promptOf(history: HistoryMessage[], tools: ToolSet): Promise<ModelMessage[]> {
  const told = history
    .map((message) => ({ ...message, parts: promptParts(message).filter(isSettled) }))
    .filter((message) => message.parts.some((part) => part.type !== "step-start"))
  const messages = await convertToModelMessages(told, { tools, ignoreIncompleteToolCalls: true })
  return [...history.flatMap(({ summary }) => (summary === undefined ? [] : recalled(summary))), ...messages]
}

function isSettled(part: ChatMessagePart): boolean {
  return !isToolUIPart(part) || (part.state !== "approval-requested" && part.state !== "approval-responded")
}

/**
 * As something that was said, not as an instruction: its words are the conversation's, whoever's they were. The answer
 * to it keeps the roles in turn, which some models insist on.
 */
function recalled(summary: string): ModelMessage[] {
  return [
    { role: "user", content: `What we talked about before, in short:\n\n${summary}` },
    { role: "assistant", content: "I remember. Let us go on from there." },
  ]
}

/**
 * The prompt of an answer that is half written: the history, what was said so far, and, where it broke off in a text,
 * that it goes on. Said by a question, not by leaving the text as the last message: whether a provider goes on with
 * that, begins anew or refuses it depends on the model. A thought that broke off is not given back.
 */
export async function goOnPromptOf(
  history: HistoryMessage[],
  partsSoFar: ChatMessagePart[],
  tools: ToolSet,
): Promise<ModelMessage[]> {
  const lastIndex = partsSoFar.findLastIndex(
    (part) => (part.type === "text" && part.text.trim() !== "") || isToolUIPart(part),
  )
  const soFar = { id: "so-far", role: "assistant" as const, parts: partsSoFar.slice(0, lastIndex + 1) }
  const messages = await promptOf([...history, soFar], tools)
  const last = partsSoFar[lastIndex]
  return last?.type === "text" ? [...messages, { role: "user", content: continueRequest(last.text) }] : messages
}
