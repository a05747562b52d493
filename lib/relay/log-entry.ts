import type { UIMessageChunk } from "ai"
import { z } from "zod"
import { type EventId, eventId, parseEventId, type StreamEvent } from "#lib/chat-protocol.ts"
import { partsOf } from "./event-order.ts"

/**
 * What the log holds and the doorbell carries: a run of events, under the id of its last one, and the event it follows.
 * Within an epoch ids count up by one, so a run needs no others.
 */
export interface LogEntry {
  id: EventId
  /** the event before the first of this run; undefined at the start of the stream */
  after: EventId | undefined
  events: StreamEvent[]
}

const idSchema = z.string().refine((text) => parseEventId(text))
const entrySchema = z.object({
  id: idSchema,
  after: idSchema.optional(),
  chunks: z.array(z.looseObject({ type: z.string() })).min(1),
})

/** As much as waits where the store was away; a store takes it well within a call's deadline. */
const longestRunBytes = 262_144

/** @param events a run of one epoch, not empty */
export function encodeEntry(
  after: EventId | undefined,
  events: readonly StreamEvent[],
): { id: EventId; value: string } {
  const last = events.at(-1)
  if (!last) throw new RangeError("an entry has at least one event")
  return { id: last.id, value: JSON.stringify({ id: last.id, after, chunks: events.map((event) => event.chunk) }) }
}

/**
 * Another version of this code wrote the entry: it has something to say that cannot be told from here. Fields that are
 * added are no such thing. What older processes would misunderstand goes under another name than `chunks`.
 */
export class EntryUnreadable extends Error {
  override readonly name = "EntryUnreadable"
}

/** @throws EntryUnreadable */
export function decodeEntry(value: string): LogEntry {
  const entry = parse(value)
  const id = entry.id as EventId // checked by the schema
  const { epoch, seq } = partsOf(id)
  const chunks = entry.chunks as unknown as UIMessageChunk[] // browsers check them against their own version
  const firstSeq = seq - chunks.length + 1
  return {
    id,
    after: entry.after as EventId | undefined,
    events: chunks.map((chunk, index) => ({ id: eventId(epoch, firstSeq + index), chunk })),
  }
}

/** Events of one epoch, from this index on, as many as go well in one entry. */
export function nextRun(events: readonly StreamEvent[], from: number): StreamEvent[] {
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

/** @returns about how many bytes it takes in an entry */
export function sizeOf(event: StreamEvent | undefined): number {
  if (!event) return 0
  const { chunk } = event
  return chunk.type === "text-delta" || chunk.type === "reasoning-delta"
    ? chunk.delta.length + 60
    : JSON.stringify(chunk).length
}

function parse(value: string): z.infer<typeof entrySchema> {
  try {
    return entrySchema.parse(JSON.parse(value))
  } catch (cause) {
    throw new EntryUnreadable("the log has an entry of another version", { cause })
  }
}
