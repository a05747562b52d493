/** The sockets of `server.ts` in this process, for the services of `freshService`. */
import { once } from "node:events"
import { createServer } from "node:http"
import { type AddressInfo, connect } from "node:net"
import { text } from "node:stream/consumers"
import { onTestFinished } from "vitest"
import { WebSocket } from "ws"
import { asksForWebSocket } from "#lib/http/upgrades.ts"
import { acceptSocket } from "#lib/sockets/accept-socket.ts"

export interface SocketServer {
  /** `ws://127.0.0.1:<port>/api/ws` */
  url: string
  origin: string
  /** Opens a socket, unless the server refuses it. */
  open(headers: Record<string, string>): Promise<WebSocket>
  /** @returns a handshake's text */
  handshakeOf(address: string, headers?: Record<string, string>): string
  /** Sends a handshake by hand. @returns all that comes until the server closes the connection */
  handshake(address: string, headers?: Record<string, string>): Promise<string>
}

/** Serves sockets until the test ends. */
export async function socketServer(): Promise<SocketServer> {
  const server = createServer({ shouldUpgradeCallback: asksForWebSocket }, (_request, response) => {
    response.writeHead(200, { connection: "close" }).end()
  })
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => undefined)
    void acceptSocket({ request, socket, head })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo // listening on TCP: no path, not null
  const opened = new Set<WebSocket>()
  onTestFinished(() => {
    for (const socket of opened) socket.terminate()
    server.close()
  })
  const handshakeOf = (address: string, headers: Record<string, string> = {}) => {
    const lines = Object.entries({ ...handshakeHeaders, host: `127.0.0.1:${port}`, ...headers })
    const written = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")
    return `GET ${address} HTTP/1.1\r\n${written}\r\n`
  }
  const origin = `http://127.0.0.1:${port}`
  const url = `ws://127.0.0.1:${port}/api/ws`
  return {
    url,
    origin,
    async open(headers) {
      const socket = new WebSocket(url, { headers: { origin, ...headers } })
      opened.add(socket)
      await once(socket, "open")
      return socket
    },
    handshakeOf,
    async handshake(address, headers) {
      const socket = connect(port, "127.0.0.1")
      socket.write(handshakeOf(address, headers))
      return text(socket)
    },
  }
}

const handshakeHeaders = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}
