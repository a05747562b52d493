import { onTestFinished } from "vitest"
import type { SocketAnswer } from "#lib/transports/socket/socket-request.ts"
import { ownSocket } from "../clients/own-socket.ts"
import type { Client } from "../clients/service.ts"
import { type SocketServer, socketServer } from "../servers/socket-server.ts"
import type { SeenEvent, WayIn } from "./way-in.ts"

const servers = new WeakMap<Client, Promise<SocketServer>>()

/** As our own client follows over its tab's socket. Each reader has a tab of its own. */
export const overOwnSocket: WayIn = {
  name: "WebSocket",
  resumesAt: "any event",
  ofStored: "the message",
  async open({ client, after }) {
    const serving = servers.get(client) ?? socketServer()
    servers.set(client, serving)
    const { tabSocket, sockets } = ownSocket({ ...(await serving), cookie: client.cookie })
    onTestFinished(() => {
      for (const socket of sockets) socket.close()
    })
    const request = { type: "resume", id: client.chatId, after, stored: true } as const
    let answer: SocketAnswer | undefined
    // On a busy machine a frame may come too late, and a page would then ask over HTTP.
    while (!answer) answer = await tabSocket.ask(request, new AbortController().signal)
    if (!(answer instanceof Response)) return eventsOf(answer.arrivals)
    if (answer.status === 204) return undefined
    throw new Error(await answer.text())
  },
}

async function* eventsOf(arrivals: ReadableStream<SeenEvent[]>): AsyncGenerator<SeenEvent> {
  for await (const events of arrivals) yield* events
}
