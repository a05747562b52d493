import type { UIMessageChunk } from "ai"
import { type EventId, endsStream } from "#lib/chat-protocol.ts"
import type { ChatError } from "#lib/errors.ts"
import { caughtUp } from "#lib/relay/relay.ts"
import type { FollowedItem } from "#lib/turns/followed-items.ts"
import type { AttachedReader } from "./attach-reader.ts"
import { type Attached, attachedResponse } from "./attached-response.ts"
import { onceATurn } from "./once-a-turn.ts"

const chunkStreamHeaders = { "x-vercel-ai-ui-message-stream": "v1" }

/** Chooses what this reader receives for a chunk: the chunk itself, others, or nothing. */
export type PickChunks = (chunk: UIMessageChunk) => UIMessageChunk[]

/**
 * Returns what a reader receives of an event. Only the last chunk carries the id: a reader that has it has the whole event.
 * @param pick default: every chunk as it is
 */
export function eventsFor(
  { id, chunk: whole }: Exclude<FollowedItem, typeof caughtUp>,
  pick: PickChunks = (chunk) => [chunk],
): { chunk: UIMessageChunk; id: EventId | undefined }[] {
  const chunks = pick(whole)
  return chunks.map((chunk, index) => ({ chunk, id: index === chunks.length - 1 ? id : undefined }))
}

interface EventStreamOptions {
  headers: Record<string, string>
  reader: AttachedReader
  /** default: every chunk as it is */
  pick?: PickChunks | undefined
}

/**
 * Sends items as server-sent events with their ids, heartbeats in silence, and `[DONE]` after the event that ends the
 * stream.
 */
export function eventStreamResponse(
  items: ReadableStream<FollowedItem>,
  { headers, reader, pick }: EventStreamOptions,
): Response {
  const format = (item: FollowedItem) => {
    if (item === caughtUp) return ": caught-up\n\n"
    return pick ? pickedLines(item, pick) : sharedLines(item)
  }
  return attachedResponse({ items, format }, { ...chunkStreamHeaders, ...headers }, { reader, rejectionLines })
}

/** Readers of one stream share the text of its events. */
const sharedLines = onceATurn(({ chunk, id }: Exclude<FollowedItem, typeof caughtUp>) => eventLines(chunk, id))

function pickedLines(item: Exclude<FollowedItem, typeof caughtUp>, pick: PickChunks): string {
  return eventsFor(item, pick)
    .map(({ chunk, id }) => eventLines(chunk, id))
    .join("")
}

/**
 * Formats a chunk. `[DONE]` follows only one that ends the stream, so that a client can tell a whole answer from a
 * broken connection.
 */
function eventLines(chunk: UIMessageChunk, id?: EventId): string {
  const idLine = id === undefined ? "" : `id: ${id}\n`
  return `${idLine}data: ${JSON.stringify(chunk)}\n\n${endsStream(chunk) ? "data: [DONE]\n\n" : ""}`
}

/**
 * Formats the last lines for a reader whose session has ended. The stream itself continues, so they carry no id and no
 * `[DONE]`. The event's name is for programs.
 */
function rejectionLines({ code, message }: ChatError): string {
  const chunk: UIMessageChunk = { type: "error", errorText: message }
  return `event: ${code}\ndata: ${JSON.stringify(chunk)}\n\n`
}

/** Sends lines as they arrive, with heartbeats in silence, until they or the reader's session end. */
export function linesResponse(
  lines: ReadableStream<string>,
  headers: Record<string, string>,
  attached: Attached,
): Response {
  return attachedResponse({ items: lines, format: (line) => line }, headers, attached)
}
