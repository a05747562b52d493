import { type EventId, parseEventId } from "#lib/chat-protocol.ts"

/**
 * Where an event stands to the last one seen: "next" follows it at once, "seen" is the same or older, "gap" says that
 * events between the two are missing. Across epochs nothing can be missed: the later epoch names where it goes on.
 */
export function placeAfter(last: EventId | undefined, id: EventId): "next" | "seen" | "gap" {
  if (last === undefined) return "next"
  const before = partsOf(last)
  const after = partsOf(id)
  if (after.epoch !== before.epoch) return after.epoch > before.epoch ? "next" : "seen"
  if (after.seq <= before.seq) return "seen"
  return after.seq === before.seq + 1 ? "next" : "gap"
}

export function partsOf(id: EventId): { epoch: number; seq: number } {
  const parts = parseEventId(id)
  if (!parts) throw new TypeError(`not an event id: ${id}`)
  return parts
}
