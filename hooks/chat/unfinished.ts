import { type ChatMessage, isFinal } from "#lib/chat-protocol.ts"

/** Tells whether an answer is expected: to the user's message, or the rest of one that has begun. */
export function isUnfinished(messages: ChatMessage[]): boolean {
  const last = messages.at(-1)
  return last?.role === "user" || isBeingWritten(messages)
}

export function isBeingWritten(messages: ChatMessage[]): boolean {
  const last = messages.at(-1)
  return last?.role === "assistant" && !isFinal(last.metadata?.status ?? "COMPLETE")
}

/** Tells whether the stored messages have the last question that is shown, and at least as much of its answer. */
export function isAsFar(stored: ChatMessage[], shown: ChatMessage[]): boolean {
  const question = shown.findLast(({ role }) => role === "user")
  const hasQuestion = question === undefined || stored.some(({ id }) => id === question.id)
  return hasQuestion && !lagsBehind(stored, shown)
}

/** Tells whether the shown answer is still being written and less of it is stored. Not so if another replaced it. */
export function lagsBehind(stored: ChatMessage[], shown: ChatMessage[]): boolean {
  const answer = shown.at(-1)
  const storedAnswer = stored.find(({ id }) => id === answer?.id)
  if (answer?.role !== "assistant" || !storedAnswer) return false
  return isBeingWritten([storedAnswer]) && amountOf(storedAnswer) < amountOf(answer)
}

/** Measures how far a message has grown: it gets more parts, and they get longer. */
function amountOf({ parts }: ChatMessage): number {
  return parts.reduce((sum, part) => sum + 1 + ("text" in part ? part.text.length : 0), 0)
}
