import { type EventId, parseEventId } from "#lib/chat-protocol.ts"

/**
 * Compares an event with the last one seen: "next" follows it directly, "seen" is the same or older, "gap" means that
 * events between the two are missing. Across epochs there is no gap: the later epoch names the event it continues from.
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
