import type { UIMessageChunk } from "ai"
import { type EventId, eventId, type StreamEvent } from "#lib/chat-protocol.ts"
import { outlet } from "#lib/relay/drain-source.ts"

export interface EventSource {
  /** Can be read once. The producer never waits for the reader: unread events queue up. */
  readonly events: ReadableStream<StreamEvent>
  /** Numbers a chunk, and sends it. */
  send(chunk: UIMessageChunk): StreamEvent
  /** Returns the id that the event `count` sends from now will get. */
  idAhead(count: number): EventId
  close(): void
}

/**
 * Numbers the events of one generation under its epoch.
 * @param lastSeq number of the last event of an earlier producer, or 0
 */
export function eventSource(epoch: number, lastSeq = 0): EventSource {
  const own = outlet<StreamEvent>()
  let seq = lastSeq
  return {
    events: own.stream,
    send(chunk) {
      const event = { id: eventId(epoch, ++seq), chunk }
      own.push(event)
      return event
    },
    idAhead: (count) => eventId(epoch, seq + count),
    close: () => own.end(),
  }
}
