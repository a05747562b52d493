import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { onTestFinished } from "vitest"
import { type ClientOptions, WebSocket, WebSocketServer } from "ws"

export interface SocketPair {
  /** the server's end */
  socket: WebSocket
  client: WebSocket
}

/** Opens a socket without any of our code around it. */
export async function socketPair(options: ClientOptions = {}): Promise<SocketPair> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", clientTracking: false })
  onTestFinished(() => void server.close())
  await once(server, "listening")
  const { port } = server.address() as AddressInfo // listening on TCP: no path, not null
  const client = new WebSocket(`ws://127.0.0.1:${port}`, options)
  onTestFinished(() => client.terminate())
  const [[socket]] = await Promise.all([once(server, "connection"), once(client, "open")])
  return { socket, client }
}
