import { convertToModelMessages, type ModelMessage, type ToolSet } from "ai"
import type { HistoryMessage } from "#db/repository/register-turn.ts"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"

/**
 * What the model is given: the stored history, never what a client says it was.
 * Answers that ended before their first word are left out, and tool calls that never got their result.
 */
export async function promptOf(history: HistoryMessage[], tools: ToolSet): Promise<ModelMessage[]> {
  const told = history.filter((message) => message.parts.some((part) => part.type !== "step-start"))
  return convertToModelMessages(told, { tools, ignoreIncompleteToolCalls: true })
}

/** What a model is told that goes on where another process broke off. Not stored, not shown. */
const goOn =
  "Your last message was cut off by a technical fault. Go on exactly where it ends, in the middle of the sentence if need be. Repeat nothing and do not mention this."

/** The prompt of an answer that is half written: the history, what was said so far, and that it goes on. */
export async function continuationOf(
  history: HistoryMessage[],
  partsSoFar: ChatMessagePart[],
  tools: ToolSet,
): Promise<ModelMessage[]> {
  const isBegun = partsSoFar.some((part) => part.type === "text" && part.text !== "")
  const soFar = { id: "so-far", role: "assistant" as const, parts: partsSoFar }
  const messages = await promptOf([...history, soFar], tools)
  return isBegun ? [...messages, { role: "user", content: goOn }] : messages
}
