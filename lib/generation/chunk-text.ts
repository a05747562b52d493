import type { UIMessageChunk } from "ai"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"

/** Counts the characters of text and reasoning that a chunk adds to an answer. */
function charsOfChunk(chunk: UIMessageChunk): number {
  return chunk.type === "text-delta" || chunk.type === "reasoning-delta" ? chunk.delta.length : 0
}

/**
 * Counts the characters that chunks leave in an answer: a reset takes its step's away.
 * @param charsOf what a chunk adds (default: text and reasoning)
 */
export function charCounter(charsOf = charsOfChunk): { readonly chars: number; count(chunk: UIMessageChunk): void } {
  let chars = 0
  let charsBeforeStep = 0
  return {
    get chars() {
      return chars
    },
    count(chunk) {
      if (chunk.type === "start-step") charsBeforeStep = chars
      chars = chunk.type === "reset-step" ? charsBeforeStep : chars + charsOf(chunk)
    },
  }
}

/** Counts all characters that the model wrote for a chunk, the input of tools included. */
export function writtenChars(chunk: UIMessageChunk): number {
  return chunk.type === "tool-input-delta" ? chunk.inputTextDelta.length : charsOfChunk(chunk)
}

/** Counts the characters of text and reasoning in a stored answer. */
export function charsOfParts(parts: ChatMessagePart[]): number {
  return parts.reduce(
    (sum, part) => sum + (part.type === "text" || part.type === "reasoning" ? part.text.length : 0),
    0,
  )
}
