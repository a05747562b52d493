import { once } from "node:events"
import { createServer, type ServerResponse } from "node:http"
import { type AddressInfo, connect, type Socket } from "node:net"
import { expect, onTestFinished, test } from "vitest"
import { closeStuckSockets } from "#lib/http/stuck-sockets.ts"

const stuckMs = 400
/** More than the kernel buffers for a reader that does not read. */
const muchBytes = 50_000_000

/** A client that has sent a request and reads nothing yet, and the response to it. */
async function connected(limitMs = stuckMs): Promise<{ socket: Socket; response: ServerResponse }> {
  const server = createServer()
  closeStuckSockets(server, limitMs)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1") // listening on TCP: no path, not null
  socket.pause()
  socket.on("error", () => undefined) // being cut off is what the tests are about
  onTestFinished(async () => {
    socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  socket.write("GET / HTTP/1.1\r\nhost: test\r\n\r\n")
  const [, response] = (await once(server, "request")) as [unknown, ServerResponse] // as Node documents it
  return { socket, response }
}

test("F27 a reader that takes nothing is cut off, and the writer is told", async () => {
  const { response } = await connected()
  const closed = once(response, "close")
  response.write(Buffer.alloc(muchBytes))
  await closed
  expect(response.writableFinished).toBe(false)
})

test("a reader that takes a heartbeat in time stays", async () => {
  const { socket, response } = await connected()
  socket.resume()
  for (let beat = 0; beat < 10; beat++) {
    response.write(": heartbeat\n\n")
    await new Promise((resolve) => setTimeout(resolve, stuckMs / 4))
  }
  expect(response.destroyed).toBe(false)
  expect(socket.destroyed).toBe(false)
})

test("a reader that is slow but steady gets everything", async () => {
  // Longer than a busy machine lets this process wait, and shorter by far than the whole takes.
  const limitMs = 2_000
  const { socket, response } = await connected(limitMs)
  const startedAtMs = performance.now()
  let taken = 0
  socket.on("data", (bytes) => {
    taken += bytes.length
    socket.pause()
    setTimeout(() => socket.resume(), 8)
  })
  socket.resume()
  response.end(Buffer.alloc(muchBytes))
  await once(response, "close")
  expect(response.writableFinished).toBe(true)
  await expect.poll(() => taken).toBeGreaterThanOrEqual(muchBytes)
  expect(performance.now() - startedAtMs).toBeGreaterThan(2 * limitMs)
})

test("a request that arrived while the server itself was blocked is answered", async () => {
  const server = createServer((_, response) => response.end("here"))
  const idleMs = 200
  closeStuckSockets(server, idleMs)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve(undefined))))
  const opened = once(server, "connection")
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1") // listening on TCP: no path, not null
  onTestFinished(() => void socket.destroy())
  await opened
  const answered = Promise.race([once(socket, "data").then(String), once(socket, "close").then(() => "closed")])
  socket.write("GET / HTTP/1.1\r\nhost: test\r\n\r\n")
  // As a page does that is loaded for the first time: nothing else runs meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, idleMs * 2)
  expect(await answered).toMatch(/^HTTP\/1\.1 200 /)
})
