// @vitest-environment jsdom
import { beforeEach, expect, onTestFinished, test, vi } from "vitest"
import type { UserEvent } from "#lib/chat-protocol.ts"
import { readUserFeed } from "#lib/transports/user-feed.ts"

beforeEach(() => void vi.useFakeTimers())

const state = 'event: state\ndata: {"running":[]}\n\n'

test.each([
  [500, "soon"],
  [503, "soon"],
  [401, "without haste"],
  [429, "without haste"],
])("after a %i the feed is requested again %s", async (status, when) => {
  const { requests } = reading([refusedWith(status), saying(state)])
  await vi.advanceTimersByTimeAsync(3_500)
  expect(requests() > 1).toBe(when === "soon")
  await vi.advanceTimersByTimeAsync(90_000)
  expect(requests()).toBeGreaterThan(1)
})

test("an unreachable feed is requested at growing intervals, and reports running answers once reached", async () => {
  const { requests, events } = reading([failed, failed, failed, failed, saying(state)])
  await vi.advanceTimersByTimeAsync(1_500 + 3_000)
  expect(requests()).toBe(3)
  await vi.advanceTimersByTimeAsync(6_000 + 12_000)
  expect(events[0]).toEqual({ type: "state", running: [] })
})

test.each([200, 404, 502])("P1 a page sent with %i in the server's place is not taken for a feed", async (status) => {
  const page = () => new Response("<h1>Back soon</h1>", { status, headers: { "content-type": "text/html" } })
  const { requests, events } = reading([page(), page(), page(), page(), saying(state)])
  await vi.advanceTimersByTimeAsync(1_500 + 3_000)
  expect(requests()).toBe(3)
  await vi.advanceTimersByTimeAsync(6_000 + 12_000)
  expect(events[0]).toEqual({ type: "state", running: [] })
})

test("text that is not an event of ours is skipped, and the connection stays", async () => {
  const broken = ["{", "null", "42", '"text"', "[DONE]"].map((data) => `event: state\ndata: ${data}\n\n`)
  const { requests, events } = reading([saying([...broken, state].join(""))])
  await vi.advanceTimersByTimeAsync(500)
  expect(events).toEqual([{ type: "state", running: [] }])
  expect(requests()).toBe(1)
})

const failed = new TypeError("no network")
const saying = (text: string) => new Response(text, { headers: { "content-type": "text/event-stream" } })
const refusedWith = (status: number) =>
  Response.json({ error: { code: "refused", message: "No.", requestId: "1", retryable: false } }, { status })

/** @param answers one after the other; from then on nothing comes */
function reading(answers: (Response | Error)[]) {
  const leaving = new AbortController()
  const fetched = vi.fn((_address: string, { signal }: RequestInit) => {
    const answer = answers[fetched.mock.calls.length - 1]
    if (answer instanceof Response) return Promise.resolve(answer)
    if (answer) return Promise.reject(answer)
    return new Promise<Response>((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)))
  })
  vi.stubGlobal("fetch", fetched)
  const events: UserEvent[] = []
  const read = readUserFeed({
    signal: leaving.signal,
    onEvent: (event) => events.push(event),
    onAlive: () => undefined,
  })
  onTestFinished(async () => {
    leaving.abort()
    await read
  })
  return { events, requests: () => fetched.mock.calls.length }
}
