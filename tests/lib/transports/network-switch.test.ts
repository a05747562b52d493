// @vitest-environment jsdom
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { beforeEach, expect, onTestFinished, test, vi } from "vitest"
import { WebSocketServer, WebSocket as WsSocket } from "ws"
import { installNetworkSwitch } from "#lib/transports/network-switch.ts"

// The page's own does not work with this environment's events.
beforeEach(() => void vi.stubGlobal("WebSocket", WsSocket))

test("a cut network closes open sockets and opens no other, until it is restored", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" })
  onTestFinished(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  await once(server, "listening")
  const { port } = server.address() as AddressInfo // it listens on TCP
  const ending = (name: "open" | "close") => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`)
    socket.addEventListener("error", () => undefined)
    return { socket, came: new Promise((resolve) => socket.addEventListener(name, resolve)) }
  }
  const network = installNetworkSwitch()
  const first = ending("open")
  await first.came
  const lost = new Promise((resolve) => first.socket.addEventListener("close", resolve))
  network.cut()
  await lost
  const refused = ending("close")
  await refused.came
  network.restore()
  await ending("open").came
  expect([first.socket.readyState, refused.socket.readyState]).toEqual([WebSocket.CLOSED, WebSocket.CLOSED])
})
