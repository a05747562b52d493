import { beforeEach, expect, onTestFinished, test, vi } from "vitest"
import { eventStreamResponse } from "#lib/http/responses/event-stream.ts"
import type { RelayItem } from "#lib/relay/relay.ts"
import { streamMemory } from "#lib/relay/stream-memory.ts"

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }))

test("a silent stream has a heartbeat", async () => {
  const { reader } = responseOf()
  const heard = reader.read()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(new TextDecoder().decode((await heard).value)).toBe(": heartbeat\n\n")
})

test.each([
  ["fails", (source: Source) => void source.writer.abort(new Error("the reader was too slow"))],
  ["ends", (source: Source) => void source.writer.close()],
  ["is left", (source: Source) => void source.reader.cancel()],
  [
    "is left while it brings something",
    (source: Source) => {
      source.writer.write({ id: "1-1", chunk: { type: "start" } }).catch(() => undefined) // not taken any more
      void source.reader.cancel()
    },
  ],
])("a stream that %s stops its heartbeat and releases its slot", async (_how, happens) => {
  const source = responseOf()
  const last = source.reader.read().catch(() => undefined)
  happens(source)
  await last
  // A leftover timer would write to a closed stream: the uncaught error ends the process.
  await vi.advanceTimersByTimeAsync(60_000)
  expect(vi.getTimerCount()).toBe(0)
  expect(source.leave).toHaveBeenCalled()
})

test("a reader that takes nothing for a minute is given up, and its source is released", async () => {
  const source = responseOf()
  const writing = source.writer.write({ id: "1-1", chunk: { type: "start" } }).catch(() => undefined)
  for (let minutes = 0; minutes < 3; minutes++) await vi.advanceTimersByTimeAsync(60_000)
  expect(source.leave).toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
  await writing
  await expect(source.writer.closed).rejects.toThrow("left available data unread")
})

test("a stream that gives its reader up in the same minute fails nowhere else", async () => {
  const unhandled = vi.fn()
  process.on("unhandledRejection", unhandled)
  onTestFinished(() => void process.off("unhandledRejection", unhandled))
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setTimeout", "clearTimeout"] })
  const memory = streamMemory()
  memory.append([{ id: "1-1", chunk: { type: "start" } }])
  const { reader, leave } = attach(memory.read())
  await reader.read()
  memory.append([{ id: "1-2", chunk: { type: "start-step" } }])
  await vi.advanceTimersByTimeAsync(180_000)
  expect(leave).toHaveBeenCalled()
  await new Promise((resolve) => setImmediate(resolve))
  expect(unhandled).not.toHaveBeenCalled()
})

test("a slow reader keeps its place", async () => {
  const source = responseOf()
  for (let minute = 0; minute < 5; minute++) {
    void source.writer.write({ id: `1-${minute + 1}`, chunk: { type: "start" } })
    await vi.advanceTimersByTimeAsync(50_000)
    await source.reader.read()
  }
  expect(source.leave).not.toHaveBeenCalled()
  await source.reader.cancel()
})

type Source = ReturnType<typeof responseOf>

function responseOf() {
  const source = new TransformStream<RelayItem, RelayItem>()
  const writer = source.writable.getWriter()
  return { ...attach(source.readable), writer }
}

function attach(items: ReadableStream<RelayItem>) {
  const leave = vi.fn()
  const attached = { sessionEnded: new AbortController().signal, leave }
  const reader = eventStreamResponse(items, { headers: {}, reader: attached }).body?.getReader()
  if (!reader) throw new Error("the response has no body")
  return { reader, leave }
}
