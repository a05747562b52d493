import type { UIMessageChunk } from "ai"
import { z } from "zod"
import { type EventId, eventId, parseEventId, type StreamEvent } from "#lib/chat-protocol.ts"
import { partsOf } from "./event-order.ts"

/**
 * A run of events, as the log stores it and the doorbell carries it, under the id of its last event. Within an epoch
 * ids count up by one, so the other ids follow from it.
 */
export interface LogEntry {
  id: EventId
  /** the event before this run's first; undefined at the start of the stream */
  after: EventId | undefined
  events: StreamEvent[]
}

const idSchema = z.string().refine((text) => parseEventId(text))
const chunkSchema = z.looseObject({ type: z.string() })
/** A chunk is only checked: a parsed copy would have its fields in another order, and another text as JSON. */
const sameChunkSchema = z.custom<UIMessageChunk>((value) => chunkSchema.safeParse(value).success)
const entrySchema = z.object({ id: idSchema, after: idSchema.optional(), chunks: z.array(sameChunkSchema).min(1) })

const markSchema = z.object({ isTooLarge: z.literal(true) })

/** Limits one entry after an outage: a store accepts this much well within a call's deadline. */
const longestRunBytes = 262_144

/** Encodes a run as an entry. @param events events of one epoch, at least one */
export function encodeEntry(
  after: EventId | undefined,
  events: readonly StreamEvent[],
): { id: EventId; value: string } {
  const last = events.at(-1)
  if (!last) throw new RangeError("an entry has at least one event")
  return { id: last.id, value: JSON.stringify({ id: last.id, after, chunks: events.map((event) => event.chunk) }) }
}

/**
 * The entry cannot be decoded: another version of this code wrote it, or it marks an event that was too large for the
 * store. Added fields do not make an entry unreadable; a change that older processes would misread needs another name
 * than `chunks`.
 */
export class EntryUnreadable extends Error {
  override readonly name = "EntryUnreadable"
}

/** Decodes an entry. @throws EntryUnreadable */
export function decodeEntry(value: string): LogEntry {
  const entry = parse(value)
  const id = entry.id as EventId // checked by the schema
  const { epoch, seq } = partsOf(id)
  // Browsers check chunks against their own version of their schema, so they are not parsed further here.
  const { chunks } = entry
  const firstSeq = seq - chunks.length + 1
  return {
    id,
    after: entry.after as EventId | undefined,
    events: chunks.map((chunk, index) => ({ id: eventId(epoch, firstSeq + index), chunk })),
  }
}

/**
 * Builds the next entry: the events of one epoch from this index on, up to a size limit. A single event larger than the
 * store accepts becomes a mark that no reader can decode: followers fall back to the stored message, and later events
 * can still be written.
 * @param fits returns false if the store would refuse the entry for its size
 */
export function nextEntry(
  events: readonly StreamEvent[],
  from: number,
  fits: (value: string) => boolean = () => true,
): { id: EventId; value: string; eventCount: number } {
  const after = events[from - 1]?.id
  for (let run = nextRun(events, from); ; run = run.slice(0, Math.ceil(run.length / 2))) {
    const entry = encodeEntry(after, run)
    if (fits(entry.value)) return { ...entry, eventCount: run.length }
    if (run.length === 1)
      return { id: entry.id, value: JSON.stringify({ id: entry.id, after, isTooLarge: true }), eventCount: 1 }
  }
}

function nextRun(events: readonly StreamEvent[], from: number): StreamEvent[] {
  const run: StreamEvent[] = []
  let bytes = 0
  for (let index = from; index < events.length && bytes < longestRunBytes; index++) {
    const event = events[index]
    if (!event || (run[0] && partsOf(event.id).epoch !== partsOf(run[0].id).epoch)) break
    run.push(event)
    bytes += sizeOf(event)
  }
  return run
}

/** Estimates how many bytes an event takes in an entry. */
export function sizeOf(event: StreamEvent | undefined): number {
  if (!event) return 0
  const { chunk } = event
  return chunk.type === "text-delta" || chunk.type === "reasoning-delta"
    ? chunk.delta.length + 60
    : JSON.stringify(chunk).length
}

function parse(value: string): z.infer<typeof entrySchema> {
  let json: unknown
  try {
    json = JSON.parse(value)
    return entrySchema.parse(json)
  } catch (cause) {
    if (markSchema.safeParse(json).success)
      throw new EntryUnreadable(
        "the log lacks an event that was too large for the store: only the stored message has it",
      )
    throw new EntryUnreadable("the log has an entry of another version", { cause })
  }
}
