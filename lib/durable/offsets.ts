import { type EventId, eventId, parseEventId } from "#lib/chat-protocol.ts"

/** The offset before the first event. */
export const startOffset = offsetText(0, 0)

/** What an offset asks for. "unknown": well-formed, but no event ever has it. */
export type AskedOffset =
  | { kind: "start" }
  | { kind: "now" }
  | { kind: "after"; position: EventId }
  | { kind: "unknown" }

const offsetPattern = /^(\d{1,16})_(\d{1,16})$/

/** Converts an event id. Unlike ids, offsets sort as text, which the protocol asks for. */
export function offsetAfter(position: EventId | undefined): string {
  const parts = position === undefined ? undefined : parseEventId(position)
  return parts ? offsetText(parts.epoch, parts.seq) : startOffset
}

/** Parses an offset. @returns undefined if it is malformed */
export function parseOffset(text: string): AskedOffset | undefined {
  if (text === "-1") return { kind: "start" }
  if (text === "now") return { kind: "now" }
  const match = offsetPattern.exec(text)
  if (!match) return undefined
  const [epoch, seq] = [Number(match[1]), Number(match[2])]
  if (epoch === 0 && seq === 0) return { kind: "start" }
  const position = eventId(epoch, seq)
  return parseEventId(position) ? { kind: "after", position } : { kind: "unknown" }
}

function offsetText(epoch: number, seq: number): string {
  return `${String(epoch).padStart(16, "0")}_${String(seq).padStart(16, "0")}`
}
