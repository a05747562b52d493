/** What other tests build on must itself behave as providers do: asked by the model that ships. */
import { inspect } from "node:util"
import { generateText, isStepCount, streamText, tool } from "ai"
import { expect, onTestFinished, test } from "vitest"
import { z } from "zod"
import { openAiCompatibleModels } from "#lib/models/openai-compatible.ts"
import { type OpenAiServerOptions, startOpenAiServer } from "./openai-server.ts"

const lookTool = tool({ inputSchema: z.object({ at: z.string() }), execute: ({ at }) => `seen: ${at}` })

async function served(options: OpenAiServerOptions = {}) {
  const server = await startOpenAiServer(options)
  onTestFinished(() => server.close())
  return { server, model: openAiCompatibleModels({ baseUrl: server.url, apiKey: "sk-test-key", ids: [] })("m") }
}

test("the text comes word by word, with its usage, for one call", async () => {
  const { server, model } = await served({ answer: ({ question }) => `You said ${question}, didn't you? ` })
  const result = streamText({ model, prompt: "well done" })
  const deltas = await allOf(result.textStream)
  expect(deltas.join("")).toBe("You said well done, didn't you? ")
  expect(deltas.length).toBeGreaterThan(5)
  expect((await result.totalUsage).outputTokens).toBeGreaterThan(5)
  expect(server.calls).toBe(1)
  expect(server.requests[0]).toMatchObject({ question: "well done", state: "answered" })
})

test("without streaming, it answers with the whole text", async () => {
  const { model } = await served()
  expect((await generateText({ model, prompt: "Hi" })).text).toBe("one two three four")
})

test("held, it sends as many words as are released", async () => {
  const { server, model } = await served({ held: true })
  const words = streamText({ model, prompt: "Hi" }).textStream[Symbol.asyncIterator]()
  server.release(2)
  expect((await words.next()).value).toBe("one")
  expect((await words.next()).value).toBe(" two")
  server.release()
  expect(await allOf({ [Symbol.asyncIterator]: () => words })).toEqual([" three", " four"])
})

test("it calls a tool once, and answers after the result", async () => {
  const { server, model } = await served({ answer: { toolCall: { name: "look", arguments: { at: "this" } } } })
  const call = (await generateText({ model, prompt: "Hi", tools: { look: lookTool } })).toolCalls[0]
  expect(call).toMatchObject({ toolName: "look", input: { at: "this" } })
  const streamed = streamText({ model, prompt: "Hi", tools: { look: lookTool }, stopWhen: isStepCount(3) })
  expect(await streamed.text).toBe("one two three four")
  expect(server.calls).toBe(3)
})

test("it notices a reader that leaves", async () => {
  const { server, model } = await served({ held: true })
  const abort = new AbortController()
  const { text } = streamText({ model, prompt: "Hi", abortSignal: abort.signal, onError: () => {} })
  const rejected = expect(text).rejects.toThrow()
  await server.called()
  abort.abort()
  const request = server.requests[0]
  if (request) await server.ended(request)
  expect(request?.state).toBe("left")
  await rejected
})

test("a worker in another process controls it over HTTP", async () => {
  const { server, model } = await served()
  const control = server.url.replace("/v1", "/control")
  await fetch(`${control}/answer`, { method: "POST", body: JSON.stringify({ text: "as told" }) })
  expect((await generateText({ model, prompt: "Hi" })).text).toBe("as told")
  expect(await (await fetch(`${control}/requests`)).json()).toMatchObject([{ question: "Hi", state: "answered" }])
})

test.for([
  ["rate-limited", "", /429/],
  ["server-error", "", /500.*sk-test|sk-test.*500/s],
  ["html", "", /./],
  ["malformed-chunk", "one two", /could not be read/],
  ["error-chunk", "one two", /sk-test/],
  ["socket-destroyed", "one two", /ECONNRESET/],
] as const)("%s is an error, after the words before it", async ([fault, wordsBefore, message]) => {
  const { model } = await served({ answer: { fault } })
  let text = ""
  const { stream } = streamText({ model, prompt: "Hi", maxRetries: 0, onError: () => {} })
  const failed = (async () => {
    for await (const part of stream) {
      if (part.type === "error") throw part.error
      if (part.type === "text-delta") text += part.text
    }
  })()
  await expect(failed.catch((error) => Promise.reject(new Error(inspect(error))))).rejects.toThrow(message)
  expect(text).toBe(wordsBefore)
})

test("no-finish ends without a reason", async () => {
  const { model } = await served({ answer: { fault: "no-finish" } })
  const result = streamText({ model, prompt: "Hi", onError: () => {} })
  expect(await result.text).toBe("one two")
  expect(await result.rawFinishReason).toBeUndefined()
})

test.for(["never-answers", "stalled"] as const)("%s is ended by a timeout", async (fault) => {
  const { model } = await served({ answer: { fault } })
  const types: string[] = []
  for await (const part of streamText({ model, prompt: "Hi", timeout: { stepMs: 50 } }).stream) types.push(part.type)
  expect(types).toContain("abort")
})

async function allOf(words: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const word of words) all.push(word)
  return all
}
