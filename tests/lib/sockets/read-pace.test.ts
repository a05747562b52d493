import { once } from "node:events"
import { expect, test } from "vitest"
import { paceReading } from "#lib/sockets/read-pace.ts"
import { type SocketPair, socketPair } from "#tests/support/servers/socket-pair.ts"

const frames = 200
const frameBytes = 20_000
const replyBytes = 200_000

/** A server that answers every frame at once, and a client that sends them all and reads nothing. */
async function floodedPair(): Promise<SocketPair & { heard: () => number }> {
  const pair = await socketPair()
  const { socket, client } = pair
  let heard = 0
  paceReading(socket)
  socket.on("message", () => {
    heard++
    socket.send("x".repeat(replyBytes))
  })
  client.pause()
  for (let sent = 0; sent < frames; sent++) client.send("y".repeat(frameBytes))
  return { ...pair, heard: () => heard }
}

test("B55 a client that sends without reading is not read either, and gets every answer once it reads", async () => {
  const { socket, client, heard } = await floodedPair()
  await expect.poll(() => socket.isPaused, { timeout: 60_000 }).toBe(true)
  // What is read at once, 64 kB, may hold several frames.
  expect(socket.bufferedAmount).toBeLessThan(1_000_000 + 5 * replyBytes)
  let received = 0
  const all = new Promise<void>((resolve) => {
    client.on("message", () => ++received === frames && resolve())
  })
  client.resume()
  await all
  expect(heard()).toBe(frames)
  expect(socket.isPaused).toBe(false)
})

test("B55 a client that is not read and goes away is noticed", async () => {
  const { socket, client } = await floodedPair()
  socket.on("error", () => undefined)
  await expect.poll(() => socket.isPaused, { timeout: 60_000 }).toBe(true)
  const closed = once(socket, "close")
  client.terminate()
  await closed
})

test("B55 pings count like frames", async () => {
  const { socket, client } = await socketPair()
  paceReading(socket)
  client.pause()
  socket.send("x".repeat(20_000_000))
  client.ping()
  await expect.poll(() => socket.isPaused, { timeout: 60_000 }).toBe(true)
  client.resume()
  await once(client, "pong")
})
