import { beforeEach, expect, test, vi } from "vitest"
import { eventId, type StreamEvent } from "#lib/chat-protocol.ts"
import { caughtUp } from "#lib/relay/relay.ts"
import { streamMemory } from "#lib/relay/stream-memory.ts"
import { readRelay } from "#tests/support/relays/relay-reader.ts"

beforeEach(() => {
  vi.useFakeTimers()
})

const words = (from: number, to: number): StreamEvent[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    id: eventId(1, from + index),
    chunk: { type: "text-delta", id: "text", delta: `w${from + index} ` },
  }))

test("F27 a reader that takes nothing for a minute is cut off, and its slot is free; the others read on", async () => {
  const memory = streamMemory()
  memory.append(words(1, 200))
  const quick = readRelay(memory.read())
  const slow = memory.read().getReader()
  await slow.read()
  await vi.advanceTimersByTimeAsync(59_000)
  expect(memory.readers).toBe(2)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(memory.readers).toBe(1)
  await expect(slow.closed).rejects.toThrow("left available data unread")
  memory.append([...words(201, 201), { id: eventId(1, 202), chunk: { type: "finish" } }])
  expect((await quick.toTheEnd()).isWhole).toBe(true)
  expect(quick.events).toHaveLength(202)
})

test("F27 a reader that has every event may wait for as long as the model is silent", async () => {
  const memory = streamMemory()
  memory.append(words(1, 3))
  const reader = readRelay(memory.read())
  await vi.advanceTimersByTimeAsync(600_000)
  memory.append([...words(4, 4), { id: eventId(1, 5), chunk: { type: "finish" } }])
  expect(await reader.toTheEnd()).toEqual({ text: "w1 w2 w3 w4 ", isWhole: true })
})

test("F27 a slow reader keeps its slot for as long as it returns for more, and costs only that", async () => {
  const memory = streamMemory()
  memory.append([...words(1, 300), { id: eventId(1, 301), chunk: { type: "finish" } }])
  const slow = memory.read().getReader()
  let taken = 0
  for (let next = await slow.read(); !next.done; next = await slow.read()) {
    taken++
    if (taken % 64 === 0) await vi.advanceTimersByTimeAsync(50_000)
  }
  expect(taken).toBe(301)
  expect([memory.readers, vi.getTimerCount()]).toEqual([0, 0])
})

test("F27 a stuck follower of a long answer holds a slice of it, not all", async () => {
  const memory = streamMemory()
  const long = "x".repeat(10_000)
  const events = Array.from({ length: 2_000 }, (_, index): StreamEvent => {
    return { id: eventId(1, index + 1), chunk: { type: "text-delta", id: "text", delta: `${index}${long}` } }
  })
  memory.append(events)
  const follower = memory.follow().items.getReader()
  let text = ""
  let pieces = 0
  for (let next = await follower.read(); next.value !== caughtUp; next = await follower.read()) {
    if (next.done || next.value.chunk.type !== "text-delta") throw new Error("the backlog has text alone")
    expect(next.value.chunk.delta.length).toBeLessThan(80_000)
    text += next.value.chunk.delta
    pieces++
  }
  expect(text).toBe(events.map(({ chunk }) => (chunk.type === "text-delta" ? chunk.delta : "")).join(""))
  expect(pieces).toBeGreaterThan(200)
  await follower.cancel()
})

test("a follower that has not read its backlog yet loses what another producer takes back, and reads on", async () => {
  const memory = streamMemory()
  memory.append(words(1, 10))
  const follower = memory.follow()
  memory.rewindTo("1-4")
  memory.append([
    { id: "2-5", chunk: { type: "text-delta", id: "text", delta: "instead" } },
    { id: "2-6", chunk: { type: "finish" } },
  ])
  const reader = readRelay(follower.items)
  expect(await reader.toTheEnd()).toEqual({ text: "w1 w2 w3 w4 instead", isWhole: true })
})
