import type { EventId } from "#lib/chat-protocol.ts"
import { type Reading, readingOf } from "../clients/reading.ts"
import type { SeenEvent, WayIn } from "./way-in.ts"

/** As our own client and an `EventSource` follow. */
export const overSse: WayIn = {
  name: "SSE",
  resumesAt: "any event",
  ofStored: "the message",
  open: async ({ client, after }) => eventsOf(await client.follow(after && `&after=${after}`)),
}

/** As a stock `DefaultChatTransport` does. */
export const overStockSse: WayIn = {
  name: "SSE, stock client",
  resumesAt: "the start",
  ofStored: "nothing",
  open: async ({ client }) => eventsOf(readingOf(await client.request(`/api/chat/${client.chatId}/stream`))),
}

async function* eventsOfReading(reading: Reading): AsyncGenerator<SeenEvent> {
  await reading.readAll()
  for (const { id, chunk } of reading.events) yield { id: id as EventId | undefined, chunk } // as the server wrote it
}

function eventsOf(reading: Reading): AsyncIterable<SeenEvent> | undefined {
  if (reading.response.status === 204) return undefined
  if (!reading.response.ok) throw new Error(`${reading.response.status}`)
  return eventsOfReading(reading)
}
