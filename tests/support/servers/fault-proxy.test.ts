import { EventEmitter, once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { expect, onTestFinished, test } from "vitest"
import { type Faults, startFaultProxy } from "./fault-proxy.ts"

test("it carries bytes and ends in both directions", async () => {
  const { client, server } = await connected()
  client.say("question")
  await server.heard("question")
  server.say("answer")
  server.end()
  await client.heard("answer")
  expect(await client.over).toBe("ended")
})

test("latency: every piece is delayed, and not additionally by those before it", async () => {
  const { client, server } = await connected({ latencyMs: 100 })
  const startedAtMs = performance.now()
  for (let piece = 0; piece < 10; piece++) client.say(`${piece}`)
  await server.heard("0123456789")
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(99)
  // Ten delays one after the other take a second.
  expect(performance.now() - startedAtMs).toBeLessThan(900)
})

test("reset: both sides lose the connection at once", async () => {
  const { client, server, proxy } = await connected()
  proxy.reset()
  expect(await client.over).toBe("ECONNRESET")
  expect(await server.over).toBe("ECONNRESET")
  await expect.poll(() => proxy.openConnections).toBe(0)
})

test("a clean end after the given number of bytes", async () => {
  const { client, server } = await connected({ finAfterBytes: 5 })
  server.say("abc")
  await client.heard("abc")
  server.say("defg")
  expect(await client.over).toBe("ended")
  expect(client.text()).toBe("abcde")
})

test("half-open: nothing moves, and neither side hears of the other's end until traffic moves again", async () => {
  const { client, server, proxy } = await connected()
  proxy.set({ isBlackhole: true })
  server.say("lost on the way?")
  client.socket.destroy()
  await turnsOfTheEventLoop(50)
  expect(server.isOver()).toBe(false)
  expect(client.text()).toBe("")
  proxy.set({ isBlackhole: false })
  expect(await server.over).toBe("ended")
  server.end()
  await expect.poll(() => proxy.openConnections).toBe(0)
})

test("half-open for a while loses nothing", async () => {
  const { client, server, proxy } = await connected()
  proxy.set({ isBlackhole: true })
  server.say("late")
  await turnsOfTheEventLoop(50)
  expect(client.text()).toBe("")
  proxy.set({ isBlackhole: false })
  await client.heard("late")
})

test("fragments: one byte at a time, all of them, in order", async () => {
  const { client, server } = await connected({ fragmentBytes: 1 })
  server.say("é🙂漢字")
  await client.heard("é🙂漢字")
  expect(Math.max(...client.pieces())).toBeLessThan(Buffer.byteLength("é🙂漢字"))
})

test("buffering: nothing until the server has ended", async () => {
  const { client, server } = await connected({ isBuffering: true })
  server.say("one ")
  server.say("two")
  await turnsOfTheEventLoop(50)
  expect(client.text()).toBe("")
  server.end()
  await client.heard("one two")
})

test("a rate limit in bytes per second", async () => {
  const { client, server } = await connected({ bytesPerSecond: 10_000 })
  const startedAtMs = performance.now()
  server.say("x".repeat(2_000))
  await client.heard("x".repeat(2_000))
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(150)
})

test("idle cut: a connection with traffic in time stays, a silent one is reset", async () => {
  const { client, server, proxy } = await connected()
  proxy.set({ idleCutMs: 200 })
  const startedAtMs = performance.now()
  const talking = setInterval(() => server.say("."), 50)
  await client.heard("........")
  clearInterval(talking)
  expect(performance.now() - startedAtMs).toBeGreaterThan(200)
  expect(await client.over).toBe("ECONNRESET")
})

test("refusing: new connections are reset, existing ones stay", async () => {
  const { client, server, proxy, dial } = await connected()
  proxy.set({ isRefusing: true })
  expect(await dial().over).toBe("ECONNRESET")
  server.say("still here")
  await client.heard("still here")
})

/** A client and a server of one connection through a proxy. */
async function connected(faults: Partial<Faults> = {}) {
  const arrivals = new EventEmitter()
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    arrivals.emit("socket", end(socket)),
  )
  listener.listen(0, "127.0.0.1")
  await once(listener, "listening")
  const proxy = await startFaultProxy(listener.address() as AddressInfo, faults)
  const port = Number(new URL(proxy.through("http://there")).port)
  const dial = () => end(connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true }))
  const arriving = once(arrivals, "socket")
  const client = dial()
  const [server] = (await arriving) as [End]
  onTestFinished(async () => {
    await proxy.close()
    for (const { socket } of [client, server]) socket.destroy()
    listener.close()
  })
  return { client, server, proxy, dial }
}

type End = ReturnType<typeof end>

/** One end of a connection, and the bytes it receives. */
function end(socket: Socket) {
  const heard: Buffer[] = []
  const over = Promise.withResolvers<string>()
  let isOver = false
  const finish = (how: string) => {
    isOver = true
    over.resolve(how)
  }
  socket.on("data", (bytes: Buffer) => heard.push(bytes))
  socket.on("end", () => finish("ended"))
  socket.on("error", (error: NodeJS.ErrnoException) => finish(error.code ?? error.message))
  socket.on("close", () => finish("closed"))
  const text = () => Buffer.concat(heard).toString("utf8")
  return {
    socket,
    text,
    over: over.promise,
    isOver: () => isOver,
    pieces: () => heard.map((bytes) => bytes.length),
    say: (words: string) => void socket.write(words),
    end: () => void socket.end(),
    heard: (words: string) => expect.poll(text, { interval: 5 }).toContain(words),
  }
}

async function turnsOfTheEventLoop(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
}
