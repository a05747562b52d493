import { beforeEach, expect, onTestFinished, test, vi } from "vitest"
import { fetchWithin } from "#lib/models/fetch-within.ts"
import { type OpenAiServerOptions, startOpenAiServer } from "#tests/support/providers/openai-server.ts"

const body = JSON.stringify({ model: "m", stream: true, messages: [] })

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
})

async function served(options: OpenAiServerOptions) {
  const server = await startOpenAiServer(options)
  onTestFinished(() => server.close())
  return { server, url: `${server.url}/chat/completions` }
}

test("a provider that never begins to answer is given up", async () => {
  const { server, url } = await served({ answer: { fault: "never-answers" } })
  const failed = expect(fetchWithin(60_000)(url, { method: "POST", body })).rejects.toMatchObject({
    name: "TimeoutError",
  })
  await server.called()
  await vi.advanceTimersByTimeAsync(59_999)
  expect(server.requests[0]?.state).toBe("running")
  await vi.advanceTimersByTimeAsync(1)
  await failed
})

test("a provider that has begun may take its time", async () => {
  const { server, url } = await served({ held: true })
  const response = await fetchWithin(60_000)(url, { method: "POST", body })
  await vi.advanceTimersByTimeAsync(3_600_000)
  server.release()
  expect(await response.text()).toContain("[DONE]")
})

test("an abort reaches the provider, before and after it has begun", async () => {
  const { url } = await served({ held: true })
  const abort = new AbortController()
  const response = await fetchWithin()(url, { method: "POST", body, signal: abort.signal })
  abort.abort()
  await expect(response.text()).rejects.toMatchObject({ name: "AbortError" })
  await expect(fetchWithin()(url, { signal: abort.signal })).rejects.toMatchObject({ name: "AbortError" })
})
