// @vitest-environment jsdom
import { beforeEach, expect, onTestFinished, test, vi } from "vitest"
import { StreamReset, StreamSilent } from "#lib/transports/chat-problem.ts"
import { fetchWithRetry } from "#lib/transports/fetch-with-retry.ts"
import { eventsIn, type ReceivedStream } from "#lib/transports/streams/received-stream.ts"
import { repairedChunks } from "#lib/transports/streams/repaired-chunks.ts"
import { type PresenceChange, watchTab } from "#lib/transports/tab-presence.ts"

/** More than a request may go without an answer. */
const longAwayMs = 3_600_000

beforeEach(() => {
  vi.useFakeTimers()
})

const leave = () => window.dispatchEvent(new Event("pagehide"))
const comeBack = () => window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }))

test("L12 a question asked before the page was left is asked again when it returns, after any time", async () => {
  const tries: AbortSignal[] = []
  const failed = vi.fn()
  const request = (signal: AbortSignal) => {
    tries.push(signal)
    return tries.length === 1 ? new Promise<Response>(() => undefined) : Promise.resolve(Response.json({}))
  }
  const answer = fetchWithRetry(request, { limitMs: 10_000, signal: new AbortController().signal, onFailed: failed })
  leave()
  // A frozen page's clock runs on while its timers stand still.
  vi.setSystemTime(Date.now() + longAwayMs)
  comeBack()
  await vi.advanceTimersByTimeAsync(400)
  expect([tries.length, tries[0]?.aborted], "it waits before it asks").toEqual([1, true])
  await vi.advanceTimersByTimeAsync(200)
  expect((await answer).status).toBe(200)
  expect(failed).toHaveBeenCalledOnce()
})

test("L12 a silence while the page is active still counts as a dead connection", async () => {
  const answer = fetchWithRetry(() => new Promise<Response>(() => undefined), {
    limitMs: 10_000,
    signal: new AbortController().signal,
    onFailed: () => undefined,
  })
  answer.catch(() => undefined)
  await vi.advanceTimersByTimeAsync(11_000)
  await expect(answer).rejects.toBeInstanceOf(StreamSilent)
})

test("L12 a stream that is dead after the page's return, without a sign, is requested again from its position", async () => {
  const { read, positions } = repaired({ first: [1, 2, 3], next: [[4, 5, 6]] })
  await read(3)
  const reading = read(3)
  leave()
  vi.setSystemTime(Date.now() + longAwayMs)
  comeBack()
  await vi.advanceTimersByTimeAsync(400)
  expect(positions, "it waits before it asks").toEqual([])
  await vi.advanceTimersByTimeAsync(200)
  expect(await reading).toEqual(["4", "5", "6"])
  expect(positions).toEqual(["1-3"])
})

test("L12 a stream without an event before the page was left is requested from the beginning", async () => {
  const { read, positions } = repaired({ first: [], next: [[1]] })
  const reading = read(1)
  reading.catch(() => undefined)
  leave()
  comeBack()
  await vi.advanceTimersByTimeAsync(600)
  await expect(reading).rejects.toBeInstanceOf(StreamReset)
  expect(positions).toEqual([undefined])
})

test("L12 connections that die silently while the page comes and goes use up no attempt", async () => {
  const { read, positions } = repaired({ first: [1], next: ["dies", "dies", [2]], onFollow: [undefined, comeBack] })
  await read(1)
  leave()
  comeBack()
  const reading = read(1)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await reading).toEqual(["2"])
  expect(positions).toEqual(["1-1", "1-1", "1-1"])
})

interface Prepared {
  /** events of the first response, which stays open after them */
  first: number[]
  /** the following responses; "dies": the body ends silently, as WebKit ends one that was cut off */
  next: (number[] | "dies")[]
  /** called during each request */
  onFollow?: ((() => void) | undefined)[]
}

function repaired({ first, next, onFollow = [] }: Prepared) {
  const positions: (string | undefined)[] = []
  const leaving = new AbortController()
  const chunks = repairedChunks(streamOf(first), {
    signal: leaving.signal,
    isFollowing: false,
    isResumable: true,
    watchPresence: (onChange: (change: PresenceChange) => void) => watchTab(onChange),
    async follow({ position }) {
      positions.push(position)
      onFollow.shift()?.()
      const prepared = next.shift() ?? []
      return prepared === "dies" ? { streamId: "s", resume: "continued", arrivals: emptyStream() } : streamOf(prepared)
    },
    onConnectionChange: () => undefined,
    onReconnected: () => undefined,
  })
  // Its watch of the tab must end with the test: the next file has the same page.
  onTestFinished(async () => {
    leaving.abort()
    await chunks.return(undefined)
  })
  return {
    positions,
    async read(count: number): Promise<string[]> {
      const texts: string[] = []
      while (texts.length < count) {
        const { value } = await chunks.next()
        if (value?.type === "text-delta") texts.push(value.delta)
      }
      return texts
    },
  }
}

const emptyStream = () => new ReadableStream({ start: (controller) => controller.close() })

function streamOf(seqs: number[]): ReceivedStream {
  const lines = seqs.map(
    (seq) => `id: 1-${seq}\ndata: ${JSON.stringify({ type: "text-delta", id: "0", delta: `${seq}` })}\n\n`,
  )
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(lines.join(""))),
  })
  return { streamId: "s", resume: "continued", arrivals: eventsIn(body) }
}
