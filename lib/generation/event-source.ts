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

/**
 * Numbers the events of one generation under its epoch.
 * @param seq of the last event before these: another producer's, or 0
 */
export function eventSource(epoch: number, seq = 0): EventSource {
  let last = seq
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
      const event = { id: eventId(epoch, ++last), chunk }
      controller?.enqueue(event)
      return event
    },
    idAhead: (count) => eventId(epoch, last + count),
    close: () => controller?.close(),
  }
}
