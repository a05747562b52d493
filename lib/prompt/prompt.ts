import { convertToModelMessages, isToolUIPart, type ModelMessage, type ToolSet } from "ai"
import type { HistoryMessage } from "#db/repository/history.ts"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import { continueRequest } from "#lib/models/continue-request.ts"
import { promptParts } from "./quoted-material.ts"

/**
 * Builds the model's prompt from the stored history, never from what a client claims. Answers that ended before their
 * first word are left out, and so are tool calls without a result: calls that wait for the user, or that were
 * approved and did not run.
 */
export async function promptOf(history: HistoryMessage[], tools: ToolSet): Promise<ModelMessage[]> {
  const given = history
    .map((message) => ({ ...message, parts: promptParts(message).filter(isSettled) }))
    .filter((message) => message.parts.some((part) => part.type !== "step-start"))
  const messages = await convertToModelMessages(given, { tools, ignoreIncompleteToolCalls: true })
  return [...history.flatMap(({ summary }) => (summary === undefined ? [] : recalled(summary))), ...messages]
}

function isSettled(part: ChatMessagePart): boolean {
  return !isToolUIPart(part) || (part.state !== "approval-requested" && part.state !== "approval-responded")
}

/**
 * Presents a summary as a message, not as an instruction: its words come from the conversation. The reply after it
 * keeps the roles alternating, which some models require.
 */
function recalled(summary: string): ModelMessage[] {
  return [
    { role: "user", content: `What we talked about before, in short:\n\n${summary}` },
    { role: "assistant", content: "I remember. Let us go on from there." },
  ]
}

/**
 * Builds the prompt for an unfinished answer: the history, the answer so far and, if it broke off in a text, a
 * request to continue. The request is a question of its own, because providers differ when the last message is the
 * answer's text: some continue it, some start over, some refuse. A thought that broke off is left out.
 */
export async function continuationPromptOf(
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
