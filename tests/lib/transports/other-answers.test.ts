/** What proxies, networks and routers send in the server's place, over real HTTP. */
import type { ServerResponse } from "node:http"
import { setImmediate as turn } from "node:timers/promises"
import { expect, test, vi } from "vitest"
import { problemTexts } from "#lib/transports/problem-texts.ts"
import { useFastClock } from "./fast-clock.ts"
import { type Answer, answer, breaks, closesEarly, continued, ends, events, read, transportTo } from "./transport-to.ts"

const page = (status: number, headers: Record<string, string> = {}): Answer =>
  says(status, "<html><h1>Something is in the way</h1></html>", { "content-type": "text/html", ...headers })
const json = (status: number, body: unknown): Answer =>
  says(status, JSON.stringify(body), { "content-type": "application/json" })
const whole = events(1, 6, {}, ends)

function says(status: number, text: string, headers: Record<string, string>): Answer {
  return (response: ServerResponse) => response.writeHead(status, headers).end(text)
}

const answeredInItsPlace: [string, Answer][] = [
  ["503, as Apache, HAProxy, Varnish and Squid have it", page(503)],
  ["500, as lighttpd has it", page(500)],
  ["502, as nginx and Caddy have it", page(502)],
  ["504", page(504)],
  ["521 of a content network", page(521)],
  ["530 of a content network, without a word", says(530, "", {})],
  ["511 of a network that wants a sign-in", page(511)],
  ["a gateway's own JSON", json(503, { message: "no server is available to handle this request" })],
  [
    "a gateway's own JSON with a code",
    json(500, { error: { code: "FUNCTION_TIMEOUT", message: "It took too long." } }),
  ],
  ["JSON that is none", says(503, "{oh", { "content-type": "application/json" })],
  ["a maintenance page that calls itself fine", page(200)],
  ["JSON that calls itself fine", json(200, { status: "maintenance" })],
  ["404 of a router that knows no server", says(404, "404 page not found", { "content-type": "text/plain" })],
]

test.each(answeredInItsPlace)("P1 a question that meets %s is asked again, and answered once", async (_, meets) => {
  const { send, bodies, requests, states, taken, failed } = await clockedTransportTo(meets, whole)
  const sending = send()
  await failed(1)
  expect(await read(await sending)).toEqual(answer)
  expect(requests).toEqual(["POST /api/chat", "POST /api/chat"])
  expect(bodies[0]).toBe(bodies[1])
  expect(states).toEqual(["reconnecting", "live", "idle"])
  expect(taken).toEqual(["chat"])
})

test.each(answeredInItsPlace)("P1 a followed stream that meets %s resumes at its position", async (_, meets) => {
  const { send, requests, failed } = await clockedTransportTo(
    events(1, 3, {}, breaks),
    meets,
    events(4, 6, continued, ends),
  )
  const reading = read(await send())
  // The broken connection is the first, the answer in the server's place the second.
  await failed(2)
  expect(await reading).toEqual(answer)
  expect(requests.slice(1)).toEqual(Array(2).fill("GET /api/chat?chatId=chat&after=1-3"))
})

test.each(["shutting_down", "starting"])("P1 a question refused by a server as %s is asked again", async (code) => {
  const error = { code, message: "In a moment.", requestId: "1", retryable: true }
  const { send, requests, failed } = await clockedTransportTo(json(503, { error }), page(503), whole)
  const sending = send()
  await failed(1)
  await failed(2)
  expect(await read(await sending)).toEqual(answer)
  expect(requests).toHaveLength(3)
})

test.each(["internal_error", "db_unavailable"])(
  "P1 our own server's refusal with %s is reported once",
  async (code) => {
    const error = { code, message: "A sentence.", requestId: "1", retryable: true }
    const { send, requests } = await transportTo(json(503, { error }), whole)
    await expect(send()).rejects.toMatchObject({ code, message: "A sentence." })
    expect(requests).toHaveLength(1)
  },
)

test.each([
  ["P4 413, a limit below ours", 413, problemTexts.messageTooLarge, false],
  ["P1 429, too many requests", 429, problemTexts.tooOften, true],
  ["P1 401, a sign-in of its own", 401, problemTexts.asksForSignIn, true],
  ["P1 403, a firewall", 403, problemTexts.asksForSignIn, true],
  ["P1 400, whatever it dislikes", 400, problemTexts.refusedOnTheWay, true],
])("%s: is reported as a proxy's answer, and the question is not repeated", async (_, status, message, isRetryable) => {
  const { send, requests } = await transportTo(page(status), whole)
  await expect(send()).rejects.toMatchObject({ code: "proxy_refused", message, isRetryable })
  expect(requests).toEqual(["POST /api/chat"])
})

test("P1 a proxy's requested delay is respected, up to half a minute", async () => {
  const { send, failed, requests } = await clockedTransportTo(
    page(503, { "retry-after": "12" }),
    page(503, { "retry-after": "86400" }),
    whole,
  )
  const sending = send()
  await failed(1, 11_000)
  expect(requests).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1_000)
  await failed(2, 28_000)
  expect(requests).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(await read(await sending)).toEqual(answer)
})

test("P1 a question is retried for ten minutes; then the server is reported as away, and the question can be asked again", async () => {
  const { send, failed, states } = await clockedTransportTo(...Array<Answer>(500).fill(page(503)))
  const sending = send().catch((error: unknown) => error)
  for (let times = 1; !states.includes("idle"); times++) await failed(times)
  expect(await sending).toMatchObject({ code: "server_away", message: problemTexts.serverAway, isRetryable: true })
  expect(states.length).toBeGreaterThan(100)
})

test("P1 a tab that follows waits as long as necessary", async () => {
  const away = Array<Answer>(300).fill(page(503))
  const { transport, failed } = await clockedTransportTo(...away, events(1, 6, { "x-resume": "from-start" }, ends))
  const following = transport.reconnectToStream({ chatId: "chat" })
  for (let times = 1; times <= 300; times++) await failed(times)
  expect(await read(await following)).toEqual(answer)
})

test("an answer that a proxy cuts off cleanly does not count as ended", async () => {
  const { send, failed } = await clockedTransportTo(
    events(1, 3, {}, closesEarly),
    page(200),
    events(4, 6, continued, ends),
  )
  const reading = read(await send())
  await failed(2)
  expect(await reading).toEqual(answer)
})

async function clockedTransportTo(...answers: Answer[]) {
  useFastClock()
  const { states, ...rest } = await transportTo(...answers)
  /** Resolves once `times` attempts have failed, and some time has passed: by default our longest pause. */
  async function failed(times: number, passMs = 4_000): Promise<void> {
    const count = () => states.filter((state) => state === "reconnecting").length
    while (count() < times && states.at(-1) !== "idle") await turn()
    await vi.advanceTimersByTimeAsync(passMs)
  }
  return { ...rest, states, failed }
}
