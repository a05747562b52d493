import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { expect, onTestFinished, test } from "vitest"
import { WebSocket, WebSocketServer } from "ws"
import { heartbeat } from "#lib/sockets/heartbeat.ts"

const times = { pingEveryMs: 20, deadAfterMs: 200 }

/** @returns a pair of sockets, of which the server's is watched */
async function watchedSocket(options: { autoPong: boolean }) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", clientTracking: false })
  onTestFinished(() => void server.close())
  await once(server, "listening")
  const { port } = server.address() as AddressInfo // listening on TCP: no path, not null
  const client = new WebSocket(`ws://127.0.0.1:${port}`, options)
  onTestFinished(() => client.terminate())
  const [socket] = (await once(server, "connection")) as [WebSocket]
  heartbeat(times).watch(socket)
  return { client, socket }
}

test("B54 a client that answers no ping is cut off", async () => {
  const { client } = await watchedSocket({ autoPong: false })
  const [code] = await once(client, "close")
  expect(code).toBe(1006)
})

test("a client that answers stays, for as long as it likes, and nothing of it is left once it closes", async () => {
  const { client, socket } = await watchedSocket({ autoPong: true })
  const startedAt = performance.now()
  while (performance.now() - startedAt < 3 * times.deadAfterMs) await once(client, "ping")
  expect(socket.readyState).toBe(WebSocket.OPEN)
  const closed = once(socket, "close")
  client.close()
  await closed
  expect(socket.listenerCount("close")).toBe(0)
})
