import { expect, test } from "vitest"
import { eventId, type StreamEvent } from "#lib/chat-protocol.ts"
import { jsonCodec } from "#lib/durable/codec.ts"
import { offsetAfter } from "#lib/durable/offsets.ts"
import { headStream, readStream } from "#lib/durable/read-stream.ts"
import type { Reading } from "#lib/durable/reading.ts"
import { streamMemory } from "#lib/relay/stream-memory.ts"
import { durableEvents, durableRead, restsOf } from "#tests/support/clients/durable-client.ts"

const says = (seq: number, delta = `w${seq} `): StreamEvent => ({
  id: eventId(1, seq),
  chunk: { type: "text-delta", id: "text", delta },
})
const finish = (seq: number): StreamEvent => ({ id: eventId(1, seq), chunk: { type: "finish" } })
const awkward = says(3, "two\nlines, \u2028 and \ud83d\ude80")

/** A stream that this test writes, and its readers. */
function openStream(...events: StreamEvent[]) {
  const memory = streamMemory()
  memory.append(events)
  const session = new AbortController()
  let attached = 0
  const leave = () => {
    attached -= 1
  }
  const reading: Reading = {
    streamId: "a-stream",
    codec: jsonCodec,
    log: {
      read: async () => [...memory.events],
      follow: async (last) => (memory.hasEnded ? undefined : memory.follow(last, { isMerged: false }).items),
    },
    attach() {
      attached += 1
      return { sessionEnded: session.signal, leave }
    },
    now: () => Date.UTC(2024, 9, 9, 0, 0, 30),
    longPollMs: 600_000,
    sseMs: 600_000,
  }
  const get = (query: string, init: RequestInit = {}, times: Partial<Reading> = {}) =>
    readStream(new Request(`http://server/a-stream${query}`, init), { ...reading, ...times })
  return { memory, reading, get, session, attached: () => attached }
}

const zeros = offsetAfter(undefined)

test("at every offset a read gives the rest, byte for byte, running or ended, by every mode", async () => {
  const events = [says(1), says(2), awkward, says(4)]
  for (const all of [events, [...events, finish(5)]]) {
    const { get } = openStream(...all)
    const isClosed = all.length === 5
    const next = offsetAfter(all.at(-1)?.id)
    for (const { offset, body } of restsOf(all)) {
      expect(await durableRead(await get(`?offset=${offset}`))).toEqual({
        ...{ status: 200, body, next, isClosed, isUpToDate: true },
      })
      if (body !== "[]")
        expect(await durableRead(await get(`?offset=${offset}&live=long-poll`))).toMatchObject({ body, next, isClosed })
      const live = durableEvents(await get(`?offset=${offset}&live=sse`))
      while (live.controls.length === 0) await live.readOn()
      expect(`[${live.messages.join(",")}]`).toBe(body)
      expect(live.controls).toMatchObject([{ streamNextOffset: next }])
      await live.leave()
    }
  }
})

test("a stream without an event yet is an empty array, at the start", async () => {
  const { get, reading } = openStream()
  const empty = { status: 200, body: "[]", next: zeros, isClosed: false, isUpToDate: true }
  for (const query of ["", "?offset=-1", `?offset=${zeros}`, "?offset=now"])
    expect(await durableRead(await get(query))).toEqual(empty)
  expect((await headStream(reading)).headers.get("stream-next-offset")).toBe(zeros)
})

test("now is the tail: nothing of what is there, and everything after it", async () => {
  const { get, memory } = openStream(says(1), says(2))
  const read = await get("?offset=now")
  expect(read.headers.get("cache-control")).toBe("no-store")
  expect(read.headers.get("etag")).toBeNull()
  expect(await durableRead(read)).toMatchObject({ body: "[]", next: offsetAfter("1-2"), isClosed: false })
  const polling = get("?offset=now&live=long-poll")
  const live = durableEvents(await get("?offset=now&live=sse"))
  await live.readOn()
  memory.append([says(3)])
  expect(await durableRead(await polling)).toMatchObject({ body: jsonCodec.body([says(3)]), next: offsetAfter("1-3") })
  await live.readUntil("w3")
  expect(live.messages).toHaveLength(1)
  await live.leave()
})

test("HEAD tells the tail, and whether the stream is closed, and stores nothing", async () => {
  const { reading, memory } = openStream(says(1))
  const running = await headStream(reading)
  expect(running.headers.get("content-type")).toBe("application/json")
  expect(running.headers.get("cache-control")).toBe("no-store")
  expect(await durableRead(running)).toMatchObject({ body: "", next: offsetAfter("1-1"), isClosed: false })
  memory.append([finish(2)])
  expect(await durableRead(await headStream(reading))).toMatchObject({ next: offsetAfter("1-2"), isClosed: true })
})

test.each(["0_5", "1_3", "1_9999999999999999", "2_1", "9007199254740993_1"])(
  "%s is no offset of this stream, and is gone in every mode",
  async (offset) => {
    const { get } = openStream(says(1), says(2))
    for (const live of ["", "&live=long-poll", "&live=sse"])
      await expect(get(`?offset=${offset}${live}`)).rejects.toMatchObject({ code: "offset_gone" })
  },
)

test("a matching ETag gives 304 until something is added, and closing is something", async () => {
  const { get, memory } = openStream(says(1))
  const first = await get("?offset=-1")
  const etag = first.headers.get("etag") ?? ""
  expect(first.headers.get("cache-control")).toBe("private, no-cache")
  const again = async (known: string) => get("?offset=-1", { headers: { "if-none-match": known } })
  const unchanged = await again(etag)
  expect([unchanged.status, await unchanged.text(), unchanged.headers.get("etag")]).toEqual([304, "", etag])
  expect((await again('"another", nonsense')).status).toBe(200)
  memory.append([finish(2)])
  const closed = await again(etag)
  expect(closed.status).toBe(200)
  expect(closed.headers.get("etag")).toMatch(/:c"$/)
})

test("a long poll answers with the next events, all that arrive together, and a cursor", async () => {
  const { get, memory, attached } = openStream(says(1))
  const polling = get(`?offset=${offsetAfter("1-1")}&live=long-poll&cursor=7`)
  await expect.poll(() => memory.readers).toBe(1)
  expect(attached()).toBe(1)
  memory.append([says(2), awkward])
  const polled = await polling
  expect(Number(polled.headers.get("stream-cursor"))).toBeGreaterThan(7)
  expect(await durableRead(polled)).toMatchObject({
    body: jsonCodec.body([says(2), awkward]),
    next: offsetAfter("1-3"),
  })
  expect([attached(), memory.readers]).toEqual([0, 0])
})

test("a long poll without news is a 204 with its offset and a cursor", async () => {
  const { get, memory, attached } = openStream(says(1))
  const polled = await get(`?offset=${offsetAfter("1-1")}&live=long-poll`, {}, { longPollMs: 5 })
  expect(polled.headers.get("stream-cursor")).toBe("1")
  expect(polled.headers.get("cache-control")).toBe("no-store")
  const nothing = { status: 204, body: "", next: offsetAfter("1-1"), isClosed: false, isUpToDate: true }
  expect(await durableRead(polled)).toEqual(nothing)
  expect([attached(), memory.readers]).toEqual([0, 0])
})

test("a long poll at the end of a closed stream is a 204 at once", async () => {
  const { get, attached } = openStream(says(1), finish(2))
  const polled = await durableRead(await get(`?offset=${offsetAfter("1-2")}&live=long-poll`))
  expect(polled).toMatchObject({ status: 204, next: offsetAfter("1-2"), isClosed: true })
  expect(attached()).toBe(0)
})

test("a long poll that waits hears of the end", async () => {
  const { get, memory } = openStream(says(1))
  const polling = get(`?offset=${offsetAfter("1-1")}&live=long-poll`)
  await expect.poll(() => memory.readers).toBe(1)
  memory.append([finish(2)])
  expect(await durableRead(await polling)).toMatchObject({ status: 200, isClosed: true, next: offsetAfter("1-2") })
})

test("a long poll leaves no reader behind: not when its client leaves, nor when its session ends", async () => {
  const { get, memory, session, attached } = openStream(says(1))
  const client = new AbortController()
  const query = `?offset=${offsetAfter("1-1")}&live=long-poll`
  const left = get(query, { signal: client.signal })
  await expect.poll(() => memory.readers).toBe(1)
  client.abort()
  expect((await left).status).toBe(204)
  const ended = get(query)
  await expect.poll(() => memory.readers).toBe(1)
  session.abort()
  await expect(ended).rejects.toMatchObject({ code: "unauthenticated" })
  expect([attached(), memory.readers]).toEqual([0, 0])
})

test("events that are taken back end a long poll with 410, and server-sent events without a word", async () => {
  const { get, memory, attached } = openStream(says(1), says(2), says(3))
  const beyond = `?offset=${offsetAfter("1-3")}`
  const polling = get(`${beyond}&live=long-poll`)
  const live = durableEvents(await get(`${beyond}&live=sse`))
  const continuing = durableEvents(await get(`?offset=${offsetAfter("1-2")}&live=sse`))
  await live.readOn()
  await continuing.readOn()
  await expect.poll(() => memory.readers).toBe(3)
  memory.rewindTo("1-2")
  memory.append([{ ...says(3), id: "2-3" }])
  await expect(polling).rejects.toMatchObject({ code: "offset_gone" })
  await live.readAll()
  expect(live.controls).toMatchObject([{ upToDate: true }])
  expect(live.controls.some(({ streamClosed }) => streamClosed)).toBe(false)
  await continuing.readUntil("w3")
  await continuing.leave()
  await expect.poll(attached).toBe(0)
})

test("server-sent events: each run is one array with its control behind it, the last one closed and without a cursor", async () => {
  const { get, memory, attached } = openStream(says(1), says(2))
  const response = await get("?offset=-1&live=sse&cursor=1")
  expect(response.headers.get("content-type")).toBe("text/event-stream")
  expect(response.headers.get("cache-control")).toContain("no-cache")
  const live = durableEvents(response)
  await live.readUntil("w2")
  await live.readOn()
  memory.append([awkward])
  await live.readUntil("lines")
  await live.readOn()
  memory.append([says(4), finish(5)])
  await live.readAll()
  expect(live.names).toEqual(["data", "control", "data", "control", "data", "control"])
  const [first, second, last] = live.controls
  expect(first).toEqual({ streamNextOffset: offsetAfter("1-2"), streamCursor: expect.any(String), upToDate: true })
  expect(Number(first?.streamCursor)).toBeGreaterThan(1)
  expect(second).toMatchObject({ streamNextOffset: offsetAfter("1-3"), upToDate: true })
  expect(last).toEqual({ streamNextOffset: offsetAfter("1-5"), streamClosed: true })
  expect(attached()).toBe(0)
})

test("server-sent events end cleanly after a while, without saying that the stream is closed", async () => {
  const { get, memory, attached } = openStream(says(1))
  const live = durableEvents(await get("?offset=-1&live=sse", {}, { sseMs: 5 }))
  await live.readAll()
  expect(live.controls).toMatchObject([{ streamNextOffset: offsetAfter("1-1"), upToDate: true }])
  expect(live.controls[0]).not.toHaveProperty("streamClosed")
  expect([attached(), memory.readers]).toEqual([0, 0])
})

test("a reader of server-sent events that leaves is let go at once, though nothing comes", async () => {
  const { get, memory, attached } = openStream(says(1))
  const response = await get("?offset=-1&live=sse")
  const reader = response.body?.getReader()
  await reader?.read()
  const waiting = reader?.read()
  await expect.poll(() => memory.readers).toBe(1)
  await reader?.cancel()
  await waiting
  expect([attached(), memory.readers]).toEqual([0, 0])
})

test("server-sent events end when their session does, by an event that clients of the protocol pass over", async () => {
  const { get, memory, session, attached } = openStream(says(1))
  const live = durableEvents(await get("?offset=-1&live=sse"))
  await live.readUntil("w1")
  await live.readOn()
  session.abort()
  await live.readAll()
  expect(live.names).toEqual(["data", "control", "unauthenticated"])
  await expect.poll(() => [attached(), memory.readers]).toEqual([0, 0])
})

test.each([
  ["?offset=", "invalid_offset"],
  ["?offset=1-5", "invalid_offset"],
  ["?offset=-1&offset=-1", "duplicate_parameter"],
  ["?offset=-1&live=sse&live=sse", "duplicate_parameter"],
  ["?cursor=1&cursor=2", "duplicate_parameter"],
  ["?live=sse", "missing_offset"],
  ["?live=long-poll", "missing_offset"],
  ["?offset=&live=sse", "invalid_offset"],
])("%s is refused as %s", async (query, code) => {
  await expect(openStream(says(1)).get(query)).rejects.toMatchObject({ code })
})

test.each(["?live=", "?live=SSE", "?live=websocket", "?offset=-1&live=true", "?cursor=nonsense", "?unknown=1"])(
  "%s is a plain read",
  async (query) => {
    const read = await durableRead(await openStream(says(1)).get(query))
    expect(read).toMatchObject({ status: 200, body: jsonCodec.body([says(1)]) })
  },
)

test("a cursor that is no number is passed over", async () => {
  const { get } = openStream(says(1))
  const polled = await get("?offset=-1&live=long-poll&cursor=nonsense")
  expect(polled.headers.get("stream-cursor")).toBe("1")
})
