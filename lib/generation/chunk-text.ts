import type { UIMessageChunk } from "ai"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"

/** How much of an answer a chunk says: in text and in reasoning. */
export function charsOfChunk(chunk: UIMessageChunk): number {
  return chunk.type === "text-delta" || chunk.type === "reasoning-delta" ? chunk.delta.length : 0
}

/** The same of an answer as it is stored. */
export function charsOfParts(parts: ChatMessagePart[]): number {
  return parts.reduce(
    (sum, part) => sum + (part.type === "text" || part.type === "reasoning" ? part.text.length : 0),
    0,
  )
}
