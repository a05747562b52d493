import type { ChatMessage } from "#lib/chat-protocol.ts"

/**
 * Shows the partial answer until the one that continues it has all of its text: that one replaces it, and begins empty.
 * @param partial the answer as it was shown when the user continued it
 */
export function withPartial(messages: ChatMessage[], partial: ChatMessage, isWriting: boolean): ChatMessage[] {
  const last = messages.at(-1)
  if (last?.role !== "assistant") return [...messages, isWriting ? asStreaming(partial) : partial]
  return covers(last, partial) ? messages : [...messages.slice(0, -1), { ...last, parts: partial.parts }]
}

function asStreaming(partial: ChatMessage): ChatMessage {
  const { error: _, ...metadata } = partial.metadata ?? {}
  return { ...partial, metadata: { ...metadata, status: "STREAMING" } }
}

/** Compares the last parts only: parts arrive in the order in which they were stored. */
function covers(answer: ChatMessage, partial: ChatMessage): boolean {
  const lastIndex = partial.parts.length - 1
  if (answer.parts.length > partial.parts.length) return true
  return lastIndex < 0 || charsIn(answer, lastIndex) >= charsIn(partial, lastIndex)
}

/** @returns -1 if there is no part at this index */
function charsIn(message: ChatMessage, index: number): number {
  const part = message.parts[index]
  if (!part) return -1
  return part.type === "text" || part.type === "reasoning" ? part.text.length : 0
}
