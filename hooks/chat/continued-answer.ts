import type { ChatMessage } from "#lib/chat-protocol.ts"

/**
 * The answer that is gone on with stays where it is, as it was, until the one that comes in its place has all of it:
 * that one begins empty, and grows by as many events as the network makes of it.
 * @param partial the answer as it was shown when it was to go on
 */
export function withPartial(messages: ChatMessage[], partial: ChatMessage, isWriting: boolean): ChatMessage[] {
  const last = messages.at(-1)
  if (last?.role !== "assistant") return [...messages, isWriting ? asWritten(partial) : partial]
  return covers(last, partial) ? messages : [...messages.slice(0, -1), { ...last, parts: partial.parts }]
}

function asWritten(partial: ChatMessage): ChatMessage {
  const { error: _, ...metadata } = partial.metadata ?? {}
  return { ...partial, metadata: { ...metadata, status: "STREAMING" } }
}

/** Parts come in the order they were stored in, so the last one tells. */
function covers(answer: ChatMessage, partial: ChatMessage): boolean {
  const lastIndex = partial.parts.length - 1
  if (answer.parts.length > partial.parts.length) return true
  return lastIndex < 0 || charsIn(answer, lastIndex) >= charsIn(partial, lastIndex)
}

/** @returns -1 where there is no such part */
function charsIn(message: ChatMessage, index: number): number {
  const part = message.parts[index]
  if (!part) return -1
  return part.type === "text" || part.type === "reasoning" ? part.text.length : 0
}
