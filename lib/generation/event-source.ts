import type { UIMessageChunk } from "ai"
import { type EventId, eventId, type StreamEvent } from "#lib/chat-protocol.ts"
import { outlet } from "#lib/relay/drain-source.ts"

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
 * @param lastSeq of the event before these: another producer's, or 0
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
