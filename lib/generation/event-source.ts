import type { UIMessageChunk } from "ai"
import { type EventId, eventId, type StreamEvent } from "#lib/chat-protocol.ts"

export interface EventSource {
  /** To be read once. Nothing waits for its reader: what is not read yet queues up. */
  readonly events: ReadableStream<StreamEvent>
  /** Numbers a chunk and sends it. */
  send(chunk: UIMessageChunk): StreamEvent
  /** @returns the id of the event that is sent as so many-th from now */
  idAhead(count: number): EventId
  close(): void
}

/** Numbers the events of one generation, from 1, under its epoch. */
export function eventSource(epoch: number): EventSource {
  let seq = 0
  let controller: ReadableStreamDefaultController<StreamEvent> | undefined
  const events = new ReadableStream<StreamEvent>({
    start(started) {
      controller = started
    },
    cancel() {
      // Whoever was to carry the events on has given up; the answer is written all the same.
      controller = undefined
    },
  })
  return {
    events,
    send(chunk) {
      const event = { id: eventId(epoch, ++seq), chunk }
      controller?.enqueue(event)
      return event
    },
    idAhead: (count) => eventId(epoch, seq + count),
    close: () => controller?.close(),
  }
}
