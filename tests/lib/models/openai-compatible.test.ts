import { APICallError, generateText, streamText } from "ai"
import { HttpResponse, http } from "msw"
import { setupServer } from "msw/node"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { openAiCompatibleModels } from "#lib/models/openai-compatible.ts"
import { doneLine, finishChunk, textChunk, usageChunk } from "#tests/support/providers/openai-wire.ts"

const baseUrl = "https://models.example/v1"
const key = "sk-test-key"
const network = setupServer()

beforeAll(() => network.listen({ onUnhandledFrame: "error" }))
afterEach(() => network.resetHandlers())
afterAll(() => network.close())

/** Answers the only address that the model may request, and records the requests. */
function answering(makeResponse: () => Response): Request[] {
  const asked: Request[] = []
  network.use(
    http.post(`${baseUrl}/chat/completions`, ({ request }) => {
      asked.push(request.clone())
      return makeResponse()
    }),
  )
  return asked
}

const usage = { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 }
const streamOf = (...lines: string[]) =>
  new HttpResponse(lines.join(""), { headers: { "Content-Type": "text/event-stream" } })
const wholeAnswer = () =>
  streamOf(
    textChunk("m", "Hello"),
    textChunk("m", " there"),
    finishChunk("m", "stop"),
    usageChunk("m", usage),
    doneLine,
  )

describe("requests", () => {
  test("the key, the model and the request for usage are sent to the base URL", async () => {
    const asked = answering(wholeAnswer)
    const model = openAiCompatibleModels({ baseUrl, apiKey: key, ids: [] })("m")
    expect(await streamText({ model, prompt: "Hi" }).text).toBe("Hello there")
    expect(asked[0]?.headers.get("authorization")).toBe(`Bearer ${key}`)
    expect(await asked[0]?.json()).toMatchObject({ model: "m", stream: true, stream_options: { include_usage: true } })
  })

  test("no authorization is sent without a key", async () => {
    const asked = answering(wholeAnswer)
    const model = openAiCompatibleModels({ baseUrl, apiKey: undefined, ids: [] })("m")
    await streamText({ model, prompt: "Hi" }).text
    expect(asked[0]?.headers.has("authorization")).toBe(false)
  })

  test("a slash after the base URL is not doubled", async () => {
    answering(wholeAnswer)
    const model = openAiCompatibleModels({ baseUrl: `${baseUrl}/`, apiKey: key, ids: [] })("m")
    expect(await streamText({ model, prompt: "Hi" }).text).toBe("Hello there")
  })
})

describe("responses", () => {
  const model = openAiCompatibleModels({ baseUrl, apiKey: key, ids: [] })("m")

  test("the reported tokens are passed on", async () => {
    answering(wholeAnswer)
    expect(await streamText({ model, prompt: "Hi" }).totalUsage).toMatchObject({ inputTokens: 7, outputTokens: 2 })
  })

  test("a refusal is an API error with its status", async () => {
    answering(() => HttpResponse.json({ error: { message: "slow down" } }, { status: 429 }))
    await expect(generateText({ model, prompt: "Hi", maxRetries: 0 })).rejects.toSatisfy(
      (error) => APICallError.isInstance(error) && error.statusCode === 429,
    )
  })
})
