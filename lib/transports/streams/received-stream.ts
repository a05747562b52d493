import type { UIMessageChunk } from "ai"
import { createParser, type EventSourceMessage } from "eventsource-parser"
import { type EventId, parseEventId } from "#lib/chat-protocol.ts"
import { parsedJson } from "#lib/parsed-json.ts"

/** An answer's events as they come from the server, whether over HTTP or over a socket. */
export interface ReceivedStream {
  /** undefined only if something between the server and this page has removed it */
  streamId: string | undefined
  /** how the stream relates to the position that was asked for: see `x-resume` in `docs/protocol.md` */
  resume: string | undefined
  /** The events of each arrival; an empty array is a sign of life. Only the answer's last event proves that it is whole. */
  arrivals: ReadableStream<ReceivedEvent[]>
}

/** How far a reader has come. Event ids count in their stream, so a position alone could be one in another answer. */
export interface Reached {
  streamId: string | undefined
  /** the last event that it has; undefined: none */
  position: EventId | undefined
}

export interface ReceivedEvent {
  /** undefined in the stream of a stored message, which has no positions */
  id: EventId | undefined
  chunk: UIMessageChunk
}

/** Parses server-sent events. Ignores what a newer server may send and this page does not know. */
export function eventsIn(body: ReadableStream<Uint8Array>): ReadableStream<ReceivedEvent[]> {
  const decoder = new TextDecoder()
  const received: ReceivedEvent[] = []
  const parser = createParser({
    onEvent({ event, id, data }: EventSourceMessage) {
      if (event !== undefined && event !== "message") return
      const readable = receivedEvent(id, parsedJson(data))
      if (readable) received.push(readable)
    },
  })
  const events = new TransformStream<Uint8Array, ReceivedEvent[]>({
    transform(bytes, controller) {
      parser.feed(decoder.decode(bytes, { stream: true }))
      controller.enqueue(received.splice(0))
    },
  })
  return body.pipeThrough(events)
}

/** @returns undefined for what is no chunk, such as `[DONE]`, which adds nothing to the last event */
export function receivedEvent(id: unknown, chunk: unknown): ReceivedEvent | undefined {
  const isChunk = typeof chunk === "object" && chunk !== null && "type" in chunk && typeof chunk.type === "string"
  if (!isChunk) return undefined
  return {
    id: typeof id === "string" && parseEventId(id) ? (id as EventId) : undefined,
    chunk: chunk as UIMessageChunk, // from our own server; the AI SDK ignores types it does not know
  }
}
