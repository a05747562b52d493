import { once } from "node:events"
import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import type { Duplex } from "node:stream"
import { expect, onTestFinished, test } from "vitest"
import { WebSocket } from "ws"
import { type Client, freshService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

const contextKey = Symbol.for("@vercel/request-context")

/**
 * Runs routes as a platform does that opens sockets for them: a handshake is given to the route, which finds the raw
 * connection in the request's context.
 */
async function platform(client: Client): Promise<{ url: string; answers: Response[] }> {
  const answers: Response[] = []
  const server = createServer()
  server.on("upgrade", async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const context = { upgradeWebSocket: () => ({ req: request, socket, head }) }
    Reflect.set(globalThis, contextKey, { get: () => context })
    const { origin = "", upgrade = "" } = request.headers
    answers.push(await client.request("/api/ws", { headers: { origin, upgrade } }))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    Reflect.deleteProperty(globalThis, contextKey)
    server.close()
  })
  const { port } = server.address() as AddressInfo // listening on TCP: no path, not null
  return { url: `ws://127.0.0.1:${port}`, answers }
}

test("where the platform opens sockets for routes, the route serves one, until the session ends", async () => {
  const { guest, services } = await freshService({ model: scripted("never asked") })
  const client = await guest()
  const { url, answers } = await platform(client)
  const socket = new WebSocket(url, { origin: "http://127.0.0.1:3000" })
  await once(socket, "open")
  const closed = once(socket, "close")
  await client.request("/api/auth/sign-out", { method: "POST", json: {} })
  await services.sessions.poll()
  expect((await closed)[0]).toBe(4401)
  expect(answers[0]?.status).toBe(204)
})

test("B48 the route checks a handshake like the custom server", async () => {
  const { guest } = await freshService({ model: scripted("never asked") })
  const { url, answers } = await platform(await guest())
  const socket = new WebSocket(url, { origin: "https://evil.example" })
  onTestFinished(() => socket.terminate())
  socket.on("error", () => undefined)
  await expect.poll(() => answers[0]?.status).toBe(403)
})

test("elsewhere the route answers 426, and so it does to a request that is no handshake", async () => {
  const { guest } = await freshService({ model: scripted("never asked") })
  const client = await guest()
  for (const upgrade of ["", "websocket"]) {
    const answer = await client.request("/api/ws", { headers: { upgrade } })
    expect([answer.status, answer.headers.get("upgrade")]).toEqual([426, "websocket"])
    expect((await answer.json()).error.code).toBe("upgrade_required")
  }
})
