import type { StreamEvent } from "#lib/chat-protocol.ts"

/** How a stream's messages are written. Its text never depends on which other messages are sent with it. */
export interface Codec {
  readonly contentType: string
  body(events: readonly StreamEvent[]): string | Uint8Array<ArrayBuffer>
  /** the value of a `data` field of server-sent events */
  sseData(events: readonly StreamEvent[]): string
  /** further headers of server-sent events */
  readonly sseHeaders?: Record<string, string>
}

/** The protocol's JSON mode: one message an event, its chunk, and an array of them in each response. */
export const jsonCodec: Codec = { contentType: "application/json", body: jsonArray, sseData: jsonArray }

function jsonArray(events: readonly StreamEvent[]): string {
  return `[${events.map(({ chunk }) => JSON.stringify(chunk)).join(",")}]`
}
