import type { LanguageModelV4 } from "@ai-sdk/provider"
import type { ToolSet, UIMessageChunk } from "ai"
import { tool } from "ai"
import { expect, onTestFinished, test } from "vitest"
import { z } from "zod"
import { errorKinds } from "#lib/errors.ts"
import { sendAnswer } from "#lib/generation/answer.ts"
import { type AnswerLimits, answerLimits } from "#lib/generation/answer-limits.ts"
import type { ProviderLimits } from "#lib/models/openai/exchange.ts"
import { openAiCompatibleModels } from "#lib/models/openai-compatible.ts"
import { type OpenAiServerOptions, startOpenAiServer } from "#tests/support/providers/openai-server.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

const never = new Promise<never>(() => undefined)

test("F43 a model whose response begins without a word is given up", async () => {
  const { model } = await served({ held: true }, { headersMs: 200 })
  const { end, text } = await answered({ model })
  expect(end).toMatchObject({ kind: "failed", code: "provider_timeout" })
  expect(text).toBe("")
})

test("F43 a model that falls silent is given up, and its words so far are kept", async () => {
  const { model, server } = await served({ answer: { fault: "stalled" } }, { silenceMs: 1_000 })
  const { end, text, chunks } = await answered({ model })
  expect(end).toMatchObject({ kind: "failed", code: "provider_timeout" })
  expect(text).toBe("one two")
  expect(chunks.at(-1)?.type).toBe("text-end")
  await expect.poll(() => server.requests[0]?.state).toBe("left")
})

test("F43 an answer that trickles for longer than the limit of silence is not given up", async () => {
  const { model } = await served({ answer: "word ".repeat(1_000), paceMs: 20 })
  const { end, text } = await answered({ model }, { totalMs: 1_000 })
  expect(end).toMatchObject({ kind: "failed", code: "provider_timeout" })
  expect(text).toMatch(/^word word/)
})

test.each([
  ["in one piece", 5_000_000],
  ["in many", 10_000],
])("F47 an answer of 10 MB, %s, is cut at the limit, and the model is released", async (_, chunkChars) => {
  const { model, server } = await served({ answer: { text: "x".repeat(10_000_000), chunkChars } })
  const { end, text } = await answered({ model })
  expect(end).toMatchObject({ kind: "complete", finishReason: "length" })
  expect(text).toHaveLength(answerLimits.answerChars)
  await expect.poll(() => server.requests[0]?.state).toBe("left")
})

test("F48 of ten thousand tools requested at once the first ones run, and the answer ends", async () => {
  const { tools, calls } = toolThat(() => "looked")
  const { model } = await served({ answer: { toolCall: { name: "look", arguments: {} }, toolCallTimes: 10_000 } })
  const { end, chunks } = await answered({ model, tools })
  expect(end).toMatchObject({ kind: "failed", code: "too_many_tool_calls" })
  expect(calls()).toBeLessThanOrEqual(answerLimits.toolCalls)
  expect(new Set(toolCallIds(chunks)).size).toBe(answerLimits.toolCalls)
  expect(openToolCalls(chunks)).toEqual([])
})

test("F48 a model that keeps calling tools is stopped at the step limit, and the answer says so", async () => {
  const { tools, calls } = toolThat(() => "looked")
  const model = scripted(() => ({ toolCall: { toolName: "look", input: {} } }))
  const { end } = await answered({ model, tools })
  expect(end).toMatchObject({ kind: "complete", finishReason: "tool-calls" })
  expect(calls()).toBe(answerLimits.steps)
})

test("F48 a tool's result beyond the limit is an error from which the model continues", async () => {
  const { tools } = toolThat(() => "x".repeat(1_000_000))
  const model = lookingOnce()
  const { text, errors } = await answered({ model, tools })
  expect(text).toBe("That is all.")
  expect(errors).toEqual([errorKinds.tool_output_too_large.message])
  expect(JSON.stringify(model.calls.at(-1)?.prompt)).toContain(errorKinds.tool_output_too_large.message)
})

test("F48 a tool that takes too long is an error from which the model continues, even if the tool ignores its signal", async () => {
  const { tools } = toolThat(() => never)
  const { text, errors } = await answered({ model: lookingOnce(), tools }, { toolMs: 50 })
  expect(text).toBe("That is all.")
  expect(errors).toEqual([errorKinds.tool_timeout.message])
})

test("F48 the limits also hold for a tool that reports its progress", async () => {
  const tools = {
    look: tool({
      inputSchema: z.object({}),
      async *execute() {
        yield "looking"
        yield "x".repeat(1_000_000)
      },
    }),
  }
  const { text, errors, chunks } = await answered({ model: lookingOnce(), tools })
  expect(text).toBe("That is all.")
  expect(errors).toEqual([errorKinds.tool_output_too_large.message])
  expect(chunks).toContainEqual(expect.objectContaining({ output: "looking", preliminary: true }))
})

test("a stop ends an answer at once, even if a tool ignores its signal", async () => {
  const { tools } = toolThat(() => never)
  const stopping = new AbortController()
  const model = lookingOnce()
  const answering = answered({ model, tools, stopSignal: stopping.signal })
  await model.called()
  stopping.abort()
  const { end, chunks } = await answering
  expect(end.kind).toBe("stopped")
  expect(openToolCalls(chunks)).toEqual([])
})

async function served(options: OpenAiServerOptions, limits: Partial<ProviderLimits> = {}) {
  const server = await startOpenAiServer(options)
  onTestFinished(() => server.close())
  const models = openAiCompatibleModels({ baseUrl: server.url, apiKey: undefined, ids: [] }, { limits })
  return { server, model: models("m") }
}

const lookingOnce = () => scripted([{ toolCall: { toolName: "look", input: {} } }, { text: "That is all." }])

function toolThat(execute: () => unknown): { tools: ToolSet; calls: () => number } {
  let calls = 0
  const look = tool({
    inputSchema: z.object({}),
    execute: () => {
      calls += 1
      return execute()
    },
  })
  return { tools: { look }, calls: () => calls }
}

async function answered(
  request: { model: LanguageModelV4; tools?: ToolSet; stopSignal?: AbortSignal },
  limits: Partial<AnswerLimits> = {},
) {
  const chunks: UIMessageChunk[] = []
  const end = await sendAnswer(
    {
      instructions: "",
      messages: [{ role: "user", content: "hello" }],
      tools: {},
      stopSignal: new AbortController().signal,
      ...request,
      limits: { ...answerLimits, ...limits },
    },
    (chunk) => chunks.push(chunk),
  )
  const text = chunks.map((chunk) => (chunk.type === "text-delta" ? chunk.delta : "")).join("")
  const errors = chunks.flatMap((chunk) => (chunk.type === "tool-output-error" ? [chunk.errorText] : []))
  return { chunks, text, errors, end }
}

function toolCallIds(chunks: UIMessageChunk[]): string[] {
  return chunks.flatMap((chunk) => (chunk.type === "tool-input-start" ? [chunk.toolCallId] : []))
}

function openToolCalls(chunks: UIMessageChunk[]): string[] {
  const closed = new Set(
    chunks.flatMap((chunk) =>
      chunk.type === "tool-output-available" || chunk.type === "tool-output-error" ? [chunk.toolCallId] : [],
    ),
  )
  return toolCallIds(chunks).filter((id) => !closed.has(id))
}
