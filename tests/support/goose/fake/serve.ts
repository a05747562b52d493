import { once } from "node:events"
import { createServer, type IncomingMessage } from "node:http"
import { WebSocketServer } from "ws"
import { startAgent } from "./agent.ts"
import { end, httpConnections } from "./http-transport.ts"
import { startConnection } from "./json-rpc.ts"
import type { Settings } from "./settings.ts"

/**
 * Serves HTTP with server-sent events, and WebSockets, at `/acp`.
 * @returns what ends all connections and their runs
 */
export async function serve(settings: Settings, address: { host: string; port: number }): Promise<() => void> {
  const handle = startAgent(settings)
  const connections = httpConnections(handle, settings.losesOneAtCut)
  const sockets = new WebSocketServer({ noServer: true })

  const server = createServer((incoming, response) => {
    const { pathname } = new URL(incoming.url ?? "/", "http://goose")
    if (pathname === "/status" || pathname === "/health") end(response, 200, "ok")
    else if (!hasKey(incoming, settings.secret)) end(response, 401)
    else if (pathname !== "/acp") end(response, 404)
    else connections.respond(incoming, response).catch(() => response.destroy())
  })

  server.on("upgrade", (incoming, socket, head) => {
    if (!hasKey(incoming, settings.secret)) return socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n")
    sockets.handleUpgrade(incoming, socket, head, (webSocket) => {
      const connection = startConnection(handle, (message) => webSocket.send(JSON.stringify(message)))
      webSocket.on("message", (data) => connection.receive(parsed(String(data))))
      // Its runs end with it, and what they said since their last tool is lost.
      webSocket.on("close", () => connection.end())
    })
  })

  server.listen(address.port, address.host)
  await once(server, "listening")
  return () => {
    connections.endAll()
    for (const client of sockets.clients) client.terminate()
  }
}

function hasKey(incoming: IncomingMessage, secret: string): boolean {
  const token = new URL(incoming.url ?? "/", "http://goose").searchParams.get("token")
  return incoming.headers["x-secret-key"] === secret || token === secret
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
