import { type EventId, endsStream, type StreamEvent } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import type { RelayItem } from "#lib/relay/relay.ts"
import type { AskedOffset } from "./offsets.ts"

/** A stream's events as they were produced. At any position their text is the same, whoever serves them. */
export interface EventLog {
  /**
   * Reads all events so far.
   * @param position chooses the version, where an ended stream has two: its log, and its stored message
   * @throws ChatError if there is no such stream, or it cannot be read now
   */
  read(position: EventId | undefined): Promise<readonly StreamEvent[]>
  /** Follows a running stream from an event on. @returns undefined if that is not possible (any more) */
  follow(last: EventId | undefined): Promise<ReadableStream<RelayItem> | undefined>
}

/** Events that a reader gets together; perhaps none. */
export interface Run {
  events: readonly StreamEvent[]
  /** the last event that the reader then has; undefined: none */
  last: EventId | undefined
  /** true if that event ended the stream */
  isClosed: boolean
}

/** Reads what comes after an offset. @throws ChatError "offset_gone" if the stream does not continue from there */
export async function runAfter(log: EventLog, offset: AskedOffset): Promise<Run> {
  if (offset.kind === "unknown") throw new ChatError("offset_gone")
  const position = offset.kind === "after" ? offset.position : undefined
  const all = await log.read(position)
  const known = all.findLastIndex(({ id }) => id === position)
  if (position !== undefined && known === -1) throw new ChatError("offset_gone")
  return runOf(offset.kind === "now" ? [] : all.slice(known + 1), all.at(-1))
}

export function runOf(events: readonly StreamEvent[], last: StreamEvent | undefined): Run {
  return { events, last: last?.id, isClosed: last !== undefined && endsStream(last.chunk) }
}
