import { once } from "node:events"
import { get, type IncomingMessage } from "node:http"
import { text } from "node:stream/consumers"
import { setImmediate as nextTurn } from "node:timers/promises"
import { afterEach, expect, test, vi } from "vitest"
import { sendLines } from "#lib/http/responses/send-lines.ts"
import { nodeServer } from "#tests/support/servers/node-server.ts"

afterEach(() => void vi.useRealTimers())

test("a silent stream has a heartbeat, and none once its reader has left", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
  const { response, leave, source } = await sent(() => new Promise(() => undefined), "first\n\n")
  let received = ""
  response.setEncoding("utf8").on("data", (piece) => {
    received += piece
  })
  const hasReceived = (lines: string) => expect.poll(() => received, { timeout: 30_000 }).toBe(lines)
  await hasReceived("first\n\n")
  await vi.advanceTimersByTimeAsync(10_000)
  await hasReceived("first\n\n: heartbeat\n\n")
  response.on("error", () => undefined) // it is left
  response.destroy()
  await expect.poll(() => leave.mock.calls.length, { timeout: 30_000 }).toBe(1)
  expect(source.cancel).toHaveBeenCalledOnce()
  expect(vi.getTimerCount()).toBe(0)
})

test("a reader whose session ends is told so, and its response ends", async () => {
  const { response, leave, session } = await sent(() => new Promise(() => undefined), "first\n\n")
  session.abort()
  expect(await text(response)).toBe("first\n\nrejected: unauthenticated\n\n")
  expect(leave).toHaveBeenCalled()
})

test("a stream that ends, ends its response; one that fails breaks the connection off", async () => {
  const whole = await sent(async () => undefined, "first\n\n")
  expect(await text(whole.response)).toBe("first\n\n")
  expect(whole.leave).toHaveBeenCalled()
  const failing = Promise.withResolvers<string>()
  const broken = await sent(() => failing.promise, "first\n\n")
  failing.reject(new Error("the store is away"))
  await expect(text(broken.response)).rejects.toThrow("aborted")
  expect(broken.leave).toHaveBeenCalled()
})

test("F27 a reader that takes nothing holds a few lines of a stream of any length, and is given up after a minute", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
  const line = "x".repeat(100_000)
  let given = 0
  const { response, leave } = await sent(async () => {
    given++
    return line
  }, "first\n\n")
  response.pause()
  let before = -1
  while (given > before) {
    before = given
    for (let turn = 0; turn < 200; turn++) await nextTurn()
  }
  // What waits lies in the kernel's buffers at both ends, apart from one line.
  expect(given).toBeLessThan(200)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(leave).toHaveBeenCalled()
  response.on("error", () => undefined).destroy()
})

async function sent(further: () => Promise<string | undefined>, first: string) {
  const session = new AbortController()
  const leave = vi.fn()
  const source = { cancel: vi.fn(async () => undefined) }
  let isFirst = true
  const nextLines = () => {
    if (!isFirst) return further()
    isFirst = false
    return Promise.resolve(first)
  }
  const url = await nodeServer((_request, response) => {
    const reader = { sessionEnded: session.signal, leave }
    void sendLines({ source, nextLines, reader, rejectionLines: ({ code }) => `rejected: ${code}\n\n` }, response)
  })
  const [response] = (await once(get(url), "response")) as [IncomingMessage]
  return { response, leave, source, session }
}
