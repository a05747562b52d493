import type { UIMessageChunk } from "ai"
import type { Client } from "../clients/service.ts"
import { stockSocket } from "../clients/stock-socket.ts"
import { type SocketServer, socketServer } from "../servers/socket-server.ts"
import type { SeenEvent, WayIn } from "./way-in.ts"

/** As a stock `WebSocketChatTransport` does, which closes its socket at any frame that is not as it should be. */
export const overStockSocket: WayIn = {
  name: "WebSocket, stock client",
  resumesAt: "the start",
  ofStored: "nothing",
  async open({ client }) {
    const { transport } = stockSocket({ ...(await serverFor(client)), cookie: client.cookie })
    const stream = await transport.reconnectToStream({ chatId: client.chatId })
    return stream ? eventsOf(stream) : undefined
  },
}

const servers = new WeakMap<Client, Promise<SocketServer>>()

/** All readers of a client ask one server, each on a socket of its own at the process that answers requests now. */
function serverFor(client: Client): Promise<SocketServer> {
  const server = servers.get(client) ?? socketServer()
  servers.set(client, server)
  return server
}

/** A lost socket is an error of the stream, and for its reader the end of it. */
async function* eventsOf(stream: ReadableStream<UIMessageChunk>): AsyncGenerator<SeenEvent> {
  try {
    for await (const chunk of stream) yield { chunk }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
}
