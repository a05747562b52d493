import { once } from "node:events"
import { type AddressInfo, connect } from "node:net"
import { createWebSocketStream, WebSocketServer } from "ws"

export interface NeonProxy {
  /** "host:port" */
  address: string
  close(): Promise<void>
}

/** Does what Neon's own proxy does: carries a WebSocket's bytes to the Postgres named in its address. */
export async function startNeonProxy(): Promise<NeonProxy> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 })
  server.on("connection", (socket, request) => {
    const target = new URL(request.url ?? "", "ws://proxy").searchParams.get("address") ?? ""
    const [host, port] = target.split(":")
    const browserSide = createWebSocketStream(socket)
    const serverSide = connect(Number(port), host)
    browserSide.on("error", () => serverSide.destroy())
    serverSide.on("error", () => socket.terminate())
    browserSide.pipe(serverSide).pipe(browserSide)
  })
  await once(server, "listening")
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo
  return {
    address: `127.0.0.1:${port}`,
    async close() {
      for (const client of server.clients) client.terminate()
      server.close()
      await once(server, "close")
    },
  }
}
