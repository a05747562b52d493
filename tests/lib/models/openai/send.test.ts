import { once } from "node:events"
import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { PassThrough } from "node:stream"
import { expect, onTestFinished, test, vi } from "vitest"
import { providerLimits } from "#lib/models/openai/exchange.ts"
import { readAnswer } from "#lib/models/openai/reader/read.ts"
import { providerSender } from "#lib/models/openai/send.ts"

async function served(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on TCP
}

function sender(baseUrl: string) {
  return providerSender({ baseUrl, apiKey: "sk-key" })
}

test("a redirect is followed with the whole request, and only the same server is given the key", async () => {
  const keys: (string | undefined)[] = []
  const other = await served((request, response) => {
    keys.push(request.headers.authorization)
    request.pipe(response.writeHead(418))
  })
  const own = await served((request, response) => {
    keys.push(request.headers.authorization)
    const location = request.url === "/moved" ? `${other}/v1` : "/moved"
    response.writeHead(307, { location }).end()
  })
  const reply = await sender(own)({ body: { model: "m" } })
  expect(reply).toMatchObject({ kind: "refusal", status: 418, json: { model: "m" } })
  expect(keys).toEqual(["Bearer sk-key", "Bearer sk-key", undefined])
})

test("an abort ends a request before and during its response", async () => {
  const left = vi.fn()
  const url = await served((request, response) => {
    response.on("close", left)
    if (request.headers["x-begin"]) response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders()
  })
  const abort = new AbortController()
  const silent = sender(url)({ body: {}, signal: abort.signal })
  abort.abort()
  await expect(silent).rejects.toMatchObject({ name: "AbortError" })
  const later = new AbortController()
  const answer = await sender(url)({ body: {}, headers: { "x-begin": "1" }, signal: later.signal })
  if (answer.kind !== "answer") throw new Error("it was refused")
  const options = { warnings: [], habit: { beginsThinking: false }, tick: undefined, limits: providerLimits }
  const read = Array.fromAsync(readAnswer(answer, { ...options, signal: later.signal }))
  later.abort()
  await expect(read).rejects.toMatchObject({ name: "AbortError" })
  await expect.poll(() => left.mock.calls.length).toBeGreaterThanOrEqual(1)
})

test("D10 comments and empty deltas are signs of life, and silence is not", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
  const body = new PassThrough()
  const answer = { kind: "answer" as const, url: "", status: 200, headers: {}, body }
  const limits = { headersMs: 120_000, silenceMs: 30_000 }
  const options = { warnings: [], habit: { beginsThinking: false }, tick: undefined, limits, signal: undefined }
  const reading = Array.fromAsync(readAnswer(answer, options))
  await vi.advanceTimersByTimeAsync(119_000)
  for (let round = 0; round < 10; round++) {
    body.write(round % 2 ? ": keep-alive\n\n" : 'data: {"choices":[{"delta":{"content":""}}]}\n\n')
    await vi.advanceTimersByTimeAsync(29_000)
  }
  body.write('data: {"choices":[{"delta":{"content":"Hello"}}]}\n\n')
  await vi.advanceTimersByTimeAsync(30_000)
  const parts = await reading
  expect(parts).toContainEqual(expect.objectContaining({ type: "text-delta", delta: "Hello" }))
  expect(parts.at(-2)).toMatchObject({ type: "error", error: { name: "TimeoutError" } })
  expect(parts.at(-1)).toMatchObject({ type: "finish", finishReason: { unified: "error" } })
  expect(body.destroyed).toBe(true)
})
