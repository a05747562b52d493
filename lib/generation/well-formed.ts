/**
 * Text that any database, JSON reader and screen takes: no NUL, no half of a surrogate pair.
 * Done before a chunk is numbered, so that what is shown is what is stored.
 */
import type { UIMessageChunk } from "ai"

export function isWellFormedText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0")
}

export function wellFormedText(text: string): string {
  return isWellFormedText(text) ? text : text.toWellFormed().replaceAll("\0", "")
}

/** @returns the same value with every string in it well-formed */
export function wellFormed<Value>(value: Value): Value {
  // Values come from JSON or go there: strings, arrays and plain objects are all that can hold text.
  if (typeof value === "string") return wellFormedText(value) as Value
  if (Array.isArray(value)) return value.map(wellFormed) as Value
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [wellFormedText(name), wellFormed(item)]),
  ) as Value
}

/** A delta longer than this is sent in pieces: stores and proxies have limits of their own, from 1 MB. */
const maxDeltaChars = 32_000

/**
 * Providers cut text where they like, even inside a pair: the first half waits for the second; or not at all.
 * One for each generation.
 */
export function chunkCleaner(): (chunk: UIMessageChunk) => UIMessageChunk[] {
  const waitingHalves = new Map<string, string>()

  return (chunk) => {
    if (chunk.type === "text-delta" || chunk.type === "reasoning-delta") {
      return piecesOf(complete(chunk.id, chunk.delta)).map((delta) => ({ ...chunk, delta }))
    }
    if (chunk.type === "tool-input-delta") {
      const pieces = piecesOf(complete(chunk.toolCallId, chunk.inputTextDelta))
      return pieces.map((inputTextDelta) => ({ ...chunk, inputTextDelta }))
    }
    if (chunk.type === "text-end" || chunk.type === "reasoning-end") waitingHalves.delete(chunk.id)
    return [wellFormed(chunk)]
  }

  function complete(partId: string, delta: string): string {
    const text = (waitingHalves.get(partId) ?? "") + delta
    waitingHalves.delete(partId)
    if (!endsInHalf(text)) return wellFormedText(text)
    waitingHalves.set(partId, text.slice(-1))
    return wellFormedText(text.slice(0, -1))
  }
}

/** @returns none for no text */
function piecesOf(text: string): string[] {
  const pieces: string[] = []
  for (let from = 0; from < text.length; ) {
    const piece = text.slice(from, from + maxDeltaChars)
    const whole = endsInHalf(piece) ? piece.slice(0, -1) : piece
    pieces.push(whole)
    from += whole.length
  }
  return pieces
}

function endsInHalf(text: string): boolean {
  const last = text.charCodeAt(text.length - 1)
  return last >= 0xd800 && last <= 0xdbff
}
