import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { buffer } from "node:stream/consumers"
import { onTestFinished } from "vitest"
import type { Client } from "../clients/service.ts"

export interface RouteServer {
  url: string
  /** the addresses of all requests that have an answer, or the beginning of one */
  answered: string[]
  /** Breaks every connection, as a lost network does. New ones work again. */
  cut(): void
}

/** Serves the routes of this process over real HTTP until the test ends; every request has that client's cookies. */
export async function routeServer(client: Pick<Client, "request">): Promise<RouteServer> {
  const sockets = new Set<Socket>()
  const answered: string[] = []
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer(async (request, response) => {
    const answer = await answerTo(client, request, response)
    answered.push(request.url ?? "")
    await send(answer, response)
  })
  server.on("connection", (socket) => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    server.close()
    cut()
  })
  const { port } = server.address() as AddressInfo // it listens on TCP, so this is neither a path nor null
  return { url: `http://127.0.0.1:${port}`, answered, cut }
}

async function answerTo(client: Pick<Client, "request">, request: IncomingMessage, response: ServerResponse) {
  const { method = "GET", url = "/", headers } = request
  const leaving = new AbortController()
  response.once("close", () => leaving.abort())
  const body = method === "GET" ? null : new Uint8Array(await buffer(request))
  const { host: _ours, connection: _hop, ...further } = headers
  const sent = Object.entries(further).map(([name, value]): [string, string] => [name, String(value)])
  return client.request(url, { method, headers: sent, body, signal: leaving.signal })
}

/** Cancels the rest of an answer whose reader has left. */
async function send(answer: Response, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, [...answer.headers].flat())
  const reader = answer.body?.getReader()
  const leave = () => void reader?.cancel().catch(() => undefined)
  response.once("close", leave)
  if (response.destroyed) leave()
  for (;;) {
    const next = await reader?.read().catch(() => undefined)
    if (!next || next.done) break
    response.write(next.value)
  }
  response.end()
}
