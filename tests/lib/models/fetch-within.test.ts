import { streamText } from "ai"
import { beforeEach, expect, onTestFinished, test, vi } from "vitest"
import { fetchWithin } from "#lib/models/fetch-within.ts"
import { openAiCompatibleModels } from "#lib/models/openai-compatible.ts"
import { type OpenAiServerOptions, startOpenAiServer } from "#tests/support/openai-server.ts"

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
  onTestFinished(() => void vi.useRealTimers())
})

async function served(options: OpenAiServerOptions) {
  const server = await startOpenAiServer(options)
  onTestFinished(() => server.close())
  const models = openAiCompatibleModels({ baseUrl: server.url, apiKey: undefined, ids: [] }, fetchWithin(60_000))
  return { server, model: models("m") }
}

test("a provider that never begins to answer is given up, and not asked again", async () => {
  const { server, model } = await served({ answer: { fault: "never-answers" } })
  const errors: unknown[] = []
  const result = streamText({ model, prompt: "Hi", onError: ({ error }) => void errors.push(error) })
  const failed = expect(result.text).rejects.toThrow()
  await server.called()
  await vi.advanceTimersByTimeAsync(59_999)
  expect(server.requests[0]?.state).toBe("running")
  await vi.advanceTimersByTimeAsync(1)
  await failed
  expect(errors).toMatchObject([{ name: "TimeoutError" }])
  expect(server.calls).toBe(1)
})

test("one that has begun may take its time", async () => {
  const { server, model } = await served({ held: true })
  const { textStream } = streamText({ model, prompt: "Hi" })
  const words = textStream[Symbol.asyncIterator]()
  server.release(1)
  expect((await words.next()).value).toBe("one")
  await vi.advanceTimersByTimeAsync(3_600_000)
  server.release()
  expect((await words.next()).value).toBe(" two")
  await words.return?.()
})

test("an abort reaches it, before and after it has begun", async () => {
  const { server } = await served({ held: true })
  const body = JSON.stringify({ model: "m", stream: true, messages: [] })
  const abort = new AbortController()
  const response = await fetchWithin()(`${server.url}/chat/completions`, { method: "POST", body, signal: abort.signal })
  abort.abort()
  await expect(response.text()).rejects.toMatchObject({ name: "AbortError" })
  await expect(fetchWithin()(server.url, { signal: abort.signal })).rejects.toMatchObject({ name: "AbortError" })
})
