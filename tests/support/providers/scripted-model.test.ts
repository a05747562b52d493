import { generateText, isStepCount, streamText, tool } from "ai"
import { expect, test } from "vitest"
import { z } from "zod"
import {
  breaksAfter,
  endsWithoutFinish,
  failsAtCall,
  losesConnectionAfter,
  neverAnswers,
  scripted,
  splitsSurrogates,
  type TestModel,
} from "./scripted-model.ts"

function ask(model: TestModel, abortSignal?: AbortSignal) {
  return streamText({ model, prompt: "Hi", maxRetries: 0, onError: () => {}, ...(abortSignal && { abortSignal }) })
}

async function heard(model: TestModel, abortSignal?: AbortSignal) {
  let text = ""
  const types: string[] = []
  try {
    for await (const part of ask(model, abortSignal).stream) {
      types.push(part.type)
      if (part.type === "text-delta") text += part.text
    }
  } catch (error) {
    types.push(`thrown: ${error instanceof Error ? error.message : error}`)
  }
  return { text, types }
}

test("it sends its text word by word, and records its calls", async () => {
  const model = scripted("one two three four")
  const { text, types } = await heard(model)
  expect(text).toBe("one two three four")
  expect(types.filter((type) => type === "text-delta")).toHaveLength(4)
  expect(types.at(-1)).toBe("finish")
  expect(model.calls[0]?.prompt).toMatchObject([{ role: "user" }])
  expect(model.brokenOff).toBe(0)
})

test("held, it sends only what is released", async () => {
  const model = scripted("one two three four", { held: true })
  let read = ""
  const whole = (async () => {
    for await (const delta of ask(model).textStream) read += delta
  })()
  await model.called()
  expect(read).toBe("")
  model.release(1)
  await model.emitted("one")
  await model.releaseUntil("three")
  expect(read).not.toContain("four")
  model.release()
  await whole
  expect(read).toBe("one two three four")
})

test("two answers at once share the released words, each with its whole text", async () => {
  const model = scripted("one two three four", { held: true })
  const both = Promise.all([heard(model), heard(model)])
  await model.called(2)
  model.release(8)
  expect((await both).map(({ text }) => text)).toEqual(["one two three four", "one two three four"])
})

test("it takes one scripted step per tool result", async () => {
  const model = scripted([{ toolCall: { toolName: "look", input: { at: "this" } } }, { text: "Seen." }])
  const look = tool({ inputSchema: z.object({ at: z.string() }), execute: ({ at }) => `seen: ${at}` })
  const result = await generateText({ model, prompt: "Hi", tools: { look }, stopWhen: isStepCount(5) })
  expect(result.steps).toHaveLength(2)
  expect(result.text).toBe("Seen.")
})

test("it sends what a function makes of the prompt", async () => {
  const model = scripted(({ prompt }) => `You sent ${prompt.length}.`)
  expect((await heard(model)).text).toBe("You sent 1.")
})

test("an abort ends its answer", async () => {
  const abort = new AbortController()
  const model = scripted("one two three", { held: true })
  const outcome = heard(model, abort.signal)
  await model.releaseUntil("two")
  abort.abort()
  expect((await outcome).types.at(-1)).toBe("abort")
  expect(model.brokenOff).toBe(1)
})

test("it fails midway with an error part", async () => {
  const { text, types } = await heard(breaksAfter("one two", new Error("no")))
  expect(text).toBe("one two")
  expect(types).toContain("error")
})

test("it loses its connection midway", async () => {
  const { text, types } = await heard(losesConnectionAfter("one two", new Error("no")))
  expect(text).toBe("one two")
  expect(types.at(-1)).toBe("thrown: no")
})

test("it ends without a finish part, which the SDK reports as no reason at all", async () => {
  const result = ask(endsWithoutFinish("one two"))
  expect(await result.text).toBe("one two")
  expect(await result.rawFinishReason).toBeUndefined()
})

test("it never answers, until it is aborted", async () => {
  const abort = new AbortController()
  const model = neverAnswers()
  const outcome = heard(model, abort.signal)
  await model.called()
  abort.abort()
  expect(await outcome).toEqual({ text: "", types: ["start", "abort"] })
})

test("it throws at the call", async () => {
  expect((await heard(failsAtCall(new Error("no")))).types).toContain("error")
})

test("it splits a surrogate pair over two chunks", async () => {
  const deltas: string[] = []
  for await (const delta of ask(splitsSurrogates("a🦁b")).textStream) deltas.push(delta)
  expect(deltas.some((delta) => !delta.isWellFormed())).toBe(true)
  expect(deltas.join("")).toBe("a🦁b")
})
