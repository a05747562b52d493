/**
 * Deltas pass by `streamText`, and nothing else may change: each answer is sent twice, as it is and with everything
 * going through `streamText`, and compared by its chunks and by what the model was asked.
 */
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamPart } from "@ai-sdk/provider"
import {
  dynamicTool,
  isStepCount,
  type ModelMessage,
  streamText,
  type ToolSet,
  tool,
  toUIMessageChunk,
  type UIMessageChunk,
} from "ai"
import fc from "fast-check"
import { expect, onTestFinished, test } from "vitest"
import { z } from "zod"
import { type AnswerRequest, sendAnswer, toolErrorText } from "#lib/generation/answer.ts"
import { answerLimits } from "#lib/generation/answer-limits.ts"
import { boundedTools } from "#lib/generation/bounded-tools.ts"
import { chunkCleaner } from "#lib/generation/chunk-cleaner.ts"
import { openParts } from "#lib/generation/open-parts.ts"
import { directDeltas } from "#lib/models/direct-deltas.ts"
import { openAiCompatibleModels } from "#lib/models/openai-compatible.ts"
import { withProgress } from "#lib/models/reported-progress.ts"
import { sharedTick } from "#lib/models/shared-tick.ts"
import { asksFirst, isAskingFirst } from "#lib/tools/marks.ts"
import { dialects } from "#tests/support/dialects/all.ts"
import { startOpenAiServer } from "#tests/support/providers/openai-server.ts"
import { losesConnectionAfter, scripted } from "#tests/support/providers/scripted-model.ts"
import { seeded } from "#tests/support/seeded-property.ts"

type Part = LanguageModelV4StreamPart

test.each(Object.keys(dialects))("an answer in the dialect %s", async (dialect) => {
  const server = await startOpenAiServer({ answer: { dialect } })
  onTestFinished(() => server.close())
  const address = { baseUrl: server.url, apiKey: undefined, ids: [] }
  const limits = { headersMs: 3_000, silenceMs: 3_000 }
  const tick = sharedTick({ everyMs: 33 })
  await expectSame(
    () => openAiCompatibleModels(address, { limits, tick })("m"),
    () => ({ tools: { calculate: looks } }),
  )
})

const looks = tool({ inputSchema: z.looseObject({}), execute: (input) => ({ looked: input }) })
const asking = { look: asksFirst(tool({ inputSchema: z.object({}), execute: () => "looked" })) }
const done = { text: "Done." }
const calling = { toolName: "look", input: {} }

const toolCases: Record<string, () => { model: LanguageModelV4; tools: ToolSet; messages?: ModelMessage[] }> = {
  "words and thoughts before a call, then more": () => ({
    model: scripted([{ reasoning: "hm so", text: "Let me look.", toolCall: calling }, { text: "That is all." }]),
    tools: { look: looks },
  }),
  "three calls at once": () => ({
    model: scripted([{ text: "Look", toolCall: calling, times: 3 }, done]),
    tools: { look: looks },
  }),
  "an input that the tool does not take": () => ({
    model: scripted([{ text: "Look", toolCall: { toolName: "look", input: { times: "many" } } }, done]),
    tools: { look: tool({ inputSchema: z.object({ times: z.number() }), execute: () => "looked" }) },
  }),
  "a tool that nobody has": () => ({
    model: scripted([{ text: "Look", toolCall: { toolName: "unknown", input: {} } }, done]),
    tools: { look: looks },
  }),
  "a tool that fails": () => ({
    model: scripted([{ text: "Look", toolCall: calling }, done]),
    tools: {
      look: tool({
        inputSchema: z.object({}),
        execute: (): string => {
          throw new Error("broken")
        },
      }),
    },
  }),
  "a tool that reports its progress": () => ({
    model: scripted([{ text: "Look", toolCall: calling }, done]),
    tools: {
      look: tool({
        inputSchema: z.object({}),
        async *execute() {
          yield "looking"
          yield "looked"
        },
      }),
    },
  }),
  "a tool whose input has no schema of ours": () => ({
    model: scripted([{ text: "Look", toolCall: calling }, done]),
    tools: { look: dynamicTool({ inputSchema: z.looseObject({}), execute: async () => "looked" }) },
  }),
  "calls up to the limit of steps": () => ({
    model: scripted(() => ({ text: "Look", toolCall: calling })),
    tools: { look: looks },
  }),
  "a call that waits for the user": () => ({
    model: scripted([{ text: "May I?", toolCall: calling }, done]),
    tools: asking,
  }),
  "an approved call": () => ({ model: scripted([{}, done]), tools: asking, messages: decided(true) }),
  "a denied call": () => ({ model: scripted([{}, done]), tools: asking, messages: decided(false) }),
}

test.each(Object.entries(toolCases))("an answer with %s", async (_, make) => {
  await expectSame(
    () => make().model,
    () => make(),
  )
})

const start: Part = { type: "stream-start", warnings: [] }
const finish: Part = {
  type: "finish",
  finishReason: { unified: "stop", raw: "stop" },
  usage: {
    inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: 1, text: 1, reasoning: 0 },
  },
}
const text = (id: string, ...deltas: string[]): Part[] => [
  { type: "text-start", id },
  ...deltas.map((delta): Part => ({ type: "text-delta", id, delta })),
]
const elsewhere = { toolCallId: "c", toolName: "shell", dynamic: true, providerExecuted: true }

test.each<[string, Part[]]>([
  ["parts that grow side by side", [...text("a", "1"), ...text("b", "2"), ...text("b", "3").slice(1), finish]],
  ["the same id twice, and no end between", [...text("a", "1"), ...text("a", "2"), finish]],
  ["a delta without a beginning", [...text("a", "1"), { type: "text-delta", id: "x", delta: "?" }, finish]],
  ["an end without a beginning", [...text("a", "1"), { type: "reasoning-end", id: "x" }, finish]],
  ["a delta after its part's end", [...text("a", "1"), { type: "text-end", id: "a" }, ...text("a", "2").slice(1)]],
  ["empty deltas", [...text("a", "", "1", ""), { type: "text-end", id: "a" }, finish]],
  ["nothing", []],
  ["an end at once", [finish]],
  ["no end", text("a", "1", "2")],
  ["an error in its middle", [...text("a", "1", "2"), { type: "error", error: new Error("broken") }, finish]],
  [
    "metadata of a thought",
    [
      { type: "reasoning-start", id: "r" },
      { type: "reasoning-delta", id: "r", delta: "hm", providerMetadata: { p: { signature: "1" } } },
      { type: "reasoning-delta", id: "r", delta: " so" },
      { type: "reasoning-end", id: "r", providerMetadata: { p: { signature: "2" } } },
      finish,
    ],
  ],
  [
    "a call that runs elsewhere",
    [
      ...text("a", "Running"),
      { type: "tool-input-start", id: "c", toolName: "shell", dynamic: true, providerExecuted: true },
      { type: "tool-input-delta", id: "c", delta: "{}" },
      { type: "tool-input-end", id: "c" },
      { type: "tool-call", input: "{}", ...elsewhere },
      { type: "tool-result", result: "half", preliminary: true, ...elsewhere },
      { type: "tool-result", result: "all", ...elsewhere },
      ...text("b", "Ran"),
      finish,
    ],
  ],
])("an answer with %s", async (_, parts) => {
  await expectSame(() => playing([start, ...parts]))
})

test("an answer of any parts in any order", async () => {
  const part = fc.oneof(
    fc.record({
      type: fc.constantFrom("text-start", "text-end", "reasoning-start", "reasoning-end"),
      id: fc.constantFrom("a", "b"),
    }),
    fc.record({
      type: fc.constantFrom("text-delta", "reasoning-delta"),
      id: fc.constantFrom("a", "b"),
      delta: fc.constantFrom("x", "yz", ""),
    }),
    fc.constant({ type: "source", sourceType: "url", id: "s", url: "https://example.com" }),
  ) as fc.Arbitrary<Part>
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 20 }), fc.boolean(), async (parts, isFinished) => {
      await expectSame(() => playing([start, ...begunOnly(parts), ...(isFinished ? [finish] : [])]))
    }),
    seeded(100),
  )
})

/** Leaves out what belongs to no part: `streamText` takes it for an error, which ends the answer. */
function begunOnly(parts: Part[]): Part[] {
  const open = new Set<string>()
  return parts.filter((part) => {
    const key = `${part.type.split("-")[0]} ${"id" in part ? part.id : ""}`
    if (part.type.endsWith("-start")) open.add(key)
    if (part.type.endsWith("-end")) return open.delete(key)
    return part.type === "source" || open.has(key)
  })
}

test("the words before a stream that fails are kept", async () => {
  const { chunks, end } = await sent(losesConnectionAfter("one two three", new Error("gone")), {})
  expect(end).toMatchObject({ kind: "failed" })
  expect(textOf(chunks)).toBe("one two three")
})

test("a delta is sent while streamText has nothing of it", async () => {
  const model = scripted("one two three", { held: true })
  const received = Promise.withResolvers<string>()
  const direct = directDeltas(model, (chunk) => received.resolve("delta" in chunk ? chunk.delta : ""))
  const { stream } = await direct.model.doStream({ prompt: [] })
  const reader = stream.getReader()
  while ((await reader.read()).value?.type !== "text-start");
  direct.follow({ type: "text-start", id: "t" })
  const next = reader.read()
  model.release(1)
  expect(await received.promise).toBe("one")
  model.release()
  expect(await next).toMatchObject({ value: { type: "text-delta", delta: "one two three" } })
})

test("an error of who sends the answer is thrown, not taken for the provider's", async () => {
  const request = { instructions: "", messages: hello, tools: {}, stopSignal: new AbortController().signal }
  const sending = sendAnswer({ ...request, model: scripted("one two") }, (chunk) => {
    if (chunk.type === "text-delta") throw new Error("the disk is full")
  })
  await expect(sending).rejects.toThrow("the disk is full")
})

const hello: ModelMessage[] = [{ role: "user", content: "hello" }]

function decided(approved: boolean): ModelMessage[] {
  return [
    ...hello,
    {
      role: "assistant",
      content: [
        { type: "tool-call", toolCallId: "c", toolName: "look", input: {} },
        { type: "tool-approval-request", approvalId: "a", toolCallId: "c" },
      ],
    },
    { role: "tool", content: [{ type: "tool-approval-response", approvalId: "a", approved }] },
  ]
}

function playing(parts: Part[]): LanguageModelV4 {
  const stream = () =>
    new ReadableStream<Part>({
      start(controller) {
        for (const part of parts) controller.enqueue(part)
        controller.close()
      },
    })
  return { ...scripted("unused"), doStream: async () => ({ stream: stream() }) }
}

interface Case {
  tools?: ToolSet
  messages?: ModelMessage[]
}

async function expectSame(makeModel: () => LanguageModelV4, makeCase: () => Case = () => ({})): Promise<void> {
  const now = await sent(makeModel(), makeCase())
  const before = await sent(makeModel(), makeCase(), throughStreamText)
  const [said, saidBefore] = [now, before].map(({ chunks, prompts }) => withPlainIds([shapeOf(chunks), prompts]))
  expect(said).toEqual(saidBefore)
}

type Send = (request: AnswerRequest, send: (chunk: UIMessageChunk) => void) => Promise<unknown>

async function sent(model: LanguageModelV4, { tools = {}, messages = hello }: Case, send: Send = sendAnswer) {
  const chunks: UIMessageChunk[] = []
  const prompts: unknown[] = []
  const noting: LanguageModelV4 = {
    ...model,
    doStream: (call: LanguageModelV4CallOptions) => {
      prompts.push({ prompt: call.prompt, tools: call.tools })
      return model.doStream(call)
    },
  }
  const request = { model: noting, instructions: "Be kind.", messages, tools }
  const end = await send({ ...request, stopSignal: new AbortController().signal }, (chunk) => chunks.push(chunk))
  return { chunks, prompts, end }
}

/** Sends an answer of which every chunk goes through the AI SDK's pipeline. */
const throughStreamText: Send = async (request, send) => {
  const tools = boundedTools(request.tools, answerLimits)
  const open = openParts()
  const clean = chunkCleaner()
  const asking = Object.entries(request.tools).filter(([, each]) => isAskingFirst(each))
  const { stream } = streamText({
    ...request,
    tools,
    toolApproval: Object.fromEntries(asking.map(([name]) => [name, "user-approval" as const])),
    stopWhen: isStepCount(answerLimits.steps),
    onError: () => undefined,
  })
  for await (const part of stream) {
    if (part.type === "error") break
    if (part.type === "start" || part.type === "finish") continue
    const chunk = toUIMessageChunk(part, { tools, sendSources: true, onError: toolErrorText, redactToolErrors: true })
    for (const each of chunk ? await clean(withProgress(chunk)) : []) send(open.track(each))
  }
  for (const chunk of open.closing()) send(chunk)
}

/** Lists the chunks, with a part's deltas as one text right behind its start: only these may move. */
function shapeOf(chunks: UIMessageChunk[]): unknown[] {
  const shape: unknown[] = []
  const open = new Map<string, { deltas: string; metadata?: unknown }>()
  for (const chunk of chunks) {
    const kind = chunk.type.replace(/-(start|delta)$/, "")
    const key = `${kind} ${"toolCallId" in chunk ? chunk.toolCallId : "id" in chunk ? chunk.id : ""}`
    if (/-delta$/.test(chunk.type)) {
      const part = open.get(key)
      if (!part) throw new Error(`${key} grows before it begins`)
      part.deltas += "delta" in chunk ? chunk.delta : "inputTextDelta" in chunk ? chunk.inputTextDelta : ""
      if ("providerMetadata" in chunk) part.metadata = chunk.providerMetadata
    } else {
      shape.push(chunk)
      if (!/^(text|reasoning|tool-input)-start$/.test(chunk.type)) continue
      const part = { deltas: "" }
      open.set(key, part)
      shape.push(part)
    }
  }
  return shape
}

/** Replaces ids, of which many are random, by their order. */
function withPlainIds(value: unknown): unknown {
  const ids = new Map<string, string>()
  return JSON.parse(
    JSON.stringify(value, (key, each) => {
      if (!/^(id|toolCallId|approvalId|sourceId)$/.test(key) || typeof each !== "string") return each
      if (!ids.has(each)) ids.set(each, `#${ids.size}`)
      return ids.get(each)
    }) ?? "null",
  )
}

function textOf(chunks: UIMessageChunk[]): string {
  return chunks.map((chunk) => (chunk.type === "text-delta" ? chunk.delta : "")).join("")
}
