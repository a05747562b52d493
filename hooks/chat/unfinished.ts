import { type ChatMessage, isFinal } from "#lib/chat-protocol.ts"

/** An answer is owed: to the user's message, or to the end of an answer that was begun. */
export function isUnfinished(messages: ChatMessage[]): boolean {
  const last = messages.at(-1)
  return last?.role === "user" || isBeingWritten(messages)
}

export function isBeingWritten(messages: ChatMessage[]): boolean {
  const last = messages.at(-1)
  return last?.role === "assistant" && !isFinal(last.metadata?.status ?? "COMPLETE")
}

/** @returns what is stored is not behind what is shown: it has the last question, and as much of its answer or the end */
export function isAsFar(stored: ChatMessage[], shown: ChatMessage[]): boolean {
  const question = shown.findLast(({ role }) => role === "user")
  const hasQuestion = question === undefined || stored.some(({ id }) => id === question.id)
  return hasQuestion && !lagsBehind(stored, shown)
}

/** @returns the answer on show is still being written, and less of it is stored; where it is not stored, another has its place */
export function lagsBehind(stored: ChatMessage[], shown: ChatMessage[]): boolean {
  const answer = shown.at(-1)
  const storedAnswer = stored.find(({ id }) => id === answer?.id)
  if (answer?.role !== "assistant" || !storedAnswer) return false
  return isBeingWritten([storedAnswer]) && amountOf(storedAnswer) < amountOf(answer)
}

/** In the order of a message's growth: it gets new parts at its end, and its parts get longer. */
function amountOf({ parts }: ChatMessage): number {
  return parts.reduce((sum, part) => sum + 1 + ("text" in part ? part.text.length : 0), 0)
}
