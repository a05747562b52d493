import type { EventId } from "#lib/chat-protocol.ts"
import type { Client } from "../clients/service.ts"
import { type TrpcReading, type TrpcTab, type TrpcWay, trpcTab, trpcWays } from "../clients/trpc-tab.ts"
import type { SeenEvent, WayIn } from "./way-in.ts"

/** As tRPC's own clients follow, over each of their links. */
export const overTrpc: WayIn[] = trpcWays.map((way) => {
  const tabOf = tabs(way)
  return {
    name: `tRPC over ${way}`,
    resumesAt: "any event",
    ofStored: "the message",
    returnsByItself: true,
    async open({ client, streamId, after }) {
      const { follow } = await tabOf(client)
      const reading = follow({ streamId, lastEventId: after })
      await reading.started
      return eventsOf(reading)
    },
  }
})

/** Remembers a tab for each client. */
function tabs(way: TrpcWay): (client: Client) => Promise<TrpcTab> {
  const opened = new WeakMap<Client, Promise<TrpcTab>>()
  return (client) => {
    const tab = opened.get(client) ?? trpcTab(client, way)
    opened.set(client, tab)
    return tab
  }
}

async function* eventsOf({ ended, events }: TrpcReading): AsyncGenerator<SeenEvent> {
  await ended
  for (const { id, chunk } of events) yield { id: id === "stored" ? undefined : (id as EventId), chunk } // the server's
}
