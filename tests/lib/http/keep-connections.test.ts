import { once } from "node:events"
import { createServer, type ServerResponse } from "node:http"
import { type AddressInfo, connect, type Socket } from "node:net"
import { setTimeout as wait } from "node:timers/promises"
import { expect, onTestFinished, test } from "vitest"
import { loadConfig } from "#lib/config.ts"
import { keepConnections } from "#lib/http/keep-connections.ts"
import { closeStuckSockets } from "#lib/http/stuck-sockets.ts"
import { idleSecondsOfProxies } from "#tests/support/proxies/idle-seconds.ts"

const request = "POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 0\r\n\r\n"
/** After this time a stuck connection is closed; without `keepConnections` an idle one is, too. */
const stuckMs = 200

test("P2 an idle connection is kept longer than every proxy in docs/how/deployment.md keeps it", () => {
  const { keepAliveSeconds } = loadConfig({})
  for (const [proxy, seconds] of Object.entries(idleSecondsOfProxies))
    expect(keepAliveSeconds, proxy).toBeGreaterThan(seconds)
})

test("P2 a used connection and a merely opened one are available for the next request", async () => {
  const { socket, answered } = await connected({ keepAliveMs: 60_000 })
  const { socket: unused, answered: first } = await socket.another()
  socket.write(request)
  expect(await answered()).toContain("Keep-Alive: timeout=60")
  // Longer than headers may take, and than a stuck connection is left.
  await wait(stuckMs * 3)
  socket.write(request)
  unused.write(request)
  expect(await answered()).toContain("200 OK")
  expect(await first()).toContain("200 OK")
})

test("P2 F27 a stuck reader on a kept connection is still cut off", async () => {
  const { socket, response } = await connected({ keepAliveMs: 60_000, holds: true })
  socket.pause()
  socket.write(request)
  const held = await response
  const closed = once(held, "close")
  held.write(Buffer.alloc(50_000_000))
  await closed
  expect(held.writableFinished).toBe(false)
})

interface Connecting {
  keepAliveMs: number
  /** the request is answered by the test */
  holds?: boolean
}

async function connected({ keepAliveMs, holds = false }: Connecting) {
  const response = Promise.withResolvers<ServerResponse>()
  const server = createServer({ connectionsCheckingInterval: 20 }, (_, answer) => {
    response.resolve(answer)
    if (!holds) answer.end()
  })
  server.headersTimeout = stuckMs
  closeStuckSockets(server, stuckMs)
  keepConnections(server, keepAliveMs)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo // listening on TCP: no path, not null
  const sockets: Socket[] = []
  const open = async () => {
    const socket = connect(port, "127.0.0.1")
    sockets.push(socket)
    await once(socket, "connect")
    socket.on("error", () => undefined)
    const answered = async () => String(await once(socket, "data").then(([bytes]) => bytes))
    return { socket: Object.assign(socket, { another: open }), answered }
  }
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return { ...(await open()), response: response.promise }
}
