import type { UIMessageChunk } from "ai"
import { type ChatMessagePart, eventId } from "#lib/chat-protocol.ts"
import { messageBuilder } from "./message-builder.ts"

/** A chunk as it is stored. A string goes on in the text that the chunk before it wrote, or a piece before. */
export type StoredChunk = UIMessageChunk | string

/** A run of a message's chunks, as a growing save appends it. Its number never gets other chunks. */
export interface MessagePiece {
  /** order in the message, from 1 */
  number: number
  chunks: StoredChunk[]
}

/** What one growing save stores. */
export interface GrowingSave {
  pieces: MessagePiece[]
  /** number of an earlier piece that these make needless; undefined: none */
  replaces: number | undefined
  /** true if it was tried before, and may be stored already */
  isRepeated: boolean
}

/** Builds a message's parts from all its pieces, in order, with the code that builds them from a stream. */
export function foldPieces(messageId: string, pieces: StoredChunk[][]): Promise<ChatMessagePart[]> {
  const builder = messageBuilder(messageId)
  let textId = ""
  for (const [index, stored] of pieces.flat().entries()) {
    const chunk: UIMessageChunk =
      typeof stored === "string" ? { type: "text-delta", id: textId, delta: stored } : stored
    if (isOfText(chunk)) textId = chunk.id
    builder.add({ id: eventId(1, index + 1), chunk })
  }
  return builder.parts()
}

/** Shortens the chunks of a message's pieces, in order: most of what is stored is text that goes on. */
export function chunkShortener(): (chunk: UIMessageChunk) => StoredChunk {
  let textId: string | undefined
  return (chunk) => {
    if (!isOfText(chunk)) return chunk
    const goesOn = chunk.id === textId
    textId = chunk.id
    return goesOn && chunk.type === "text-delta" && !chunk.providerMetadata ? chunk.delta : chunk
  }
}

function isOfText(chunk: UIMessageChunk): chunk is Extract<UIMessageChunk, { type: "text-start" | "text-delta" }> {
  return chunk.type === "text-start" || chunk.type === "text-delta"
}
