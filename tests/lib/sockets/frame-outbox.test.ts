import type { IncomingMessage } from "node:http"
import { Duplex } from "node:stream"
import { setImmediate as turn } from "node:timers/promises"
import { expect, test } from "vitest"
import { type WebSocket, WebSocketServer } from "ws"
import { frameOutbox } from "#lib/sockets/frame-outbox.ts"
import { frameText, type ServerFrame } from "#lib/sockets/server-frame.ts"

test("frames of one turn of the event loop leave in one write, in their order", async () => {
  const { socket, connection, writes } = await opened()
  const outbox = frameOutbox(socket, { connection })
  for (const requestId of ["a", "b", "c"]) outbox.send({ type: "end", requestId })
  await turn()
  outbox.send({ type: "end", requestId: "d" })
  await turn()
  expect(writes.map((text) => text.match(/(?<="requestId":")./g))).toEqual([["a", "b", "c"], ["d"]])
})

test("what was sent before a close leaves before it", async () => {
  const { socket, connection, writes } = await opened()
  frameOutbox(socket, { connection }).send({ type: "end", requestId: "a" })
  socket.close(1012, "shutting_down")
  await turn()
  expect(writes.join("")).toMatch(/"a".*shutting_down/s)
})

test("writers wait while too much waits, until half of it is taken", async () => {
  const { socket, connection, take } = await opened({ isHeld: true })
  const outbox = frameOutbox(socket, { connection, maxBytes: 100 })
  expect(outbox.untilWritable()).toBeUndefined()
  outbox.send({ type: "end", requestId: "x".repeat(200) })
  let isWritable = false
  const writable = outbox.untilWritable()?.then(() => {
    isWritable = true
  })
  await turn()
  expect(isWritable).toBe(false)
  take()
  await writable
  expect(outbox.untilWritable()).toBeUndefined()
})

test.each<ServerFrame>([
  { type: "chunk", requestId: 'r "1" \u2028 ü', sequence: 0, chunk: { type: "start", messageId: "m" }, id: "1-1" },
  { type: "chunk", requestId: "r", sequence: 7, chunk: { type: "text-delta", id: "t", delta: '"\n🙂' }, id: undefined },
  { type: "caught-up", requestId: "r" },
])("a frame is its JSON, whoever else gets its chunk: %j", (frame) => {
  expect([frameText(frame), frameText(frame)]).toEqual([JSON.stringify(frame), JSON.stringify(frame)])
})

/** Opens a socket on a connection that keeps what it is told to write, each write as one text. */
async function opened({ isHeld = false } = {}) {
  const writes: string[] = []
  const held: (() => void)[] = []
  const connection = new Duplex({
    read: () => undefined,
    writev(pieces, done) {
      writes.push(pieces.map(({ chunk }) => String(chunk)).join(""))
      if (isHeld) held.push(done)
      else done()
    },
  })
  const headers = {
    upgrade: "websocket",
    connection: "upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  }
  const asked = { method: "GET", headers } as unknown as IncomingMessage // all that a handshake looks at
  const socket = await new Promise<WebSocket>((resolve) =>
    new WebSocketServer({ noServer: true }).handleUpgrade(asked, connection, Buffer.alloc(0), resolve),
  )
  for (const done of held.splice(0)) done()
  await turn()
  writes.length = 0
  return {
    socket,
    connection,
    writes,
    take() {
      for (const done of held.splice(0)) done()
    },
  }
}
