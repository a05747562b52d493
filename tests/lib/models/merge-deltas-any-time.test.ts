import type { LanguageModelV4, LanguageModelV4StreamPart } from "@ai-sdk/provider"
import { readUIMessageStream, streamText, tool, toUIMessageStream } from "ai"
import fc from "fast-check"
import { expect, test } from "vitest"
import { z } from "zod"
import { type ManualTick, manualTick, modelOf, settled } from "#tests/support/providers/manual-tick.ts"

type Part = LanguageModelV4StreamPart
type Step = Part | "tick"

test("nothing is lost at any timing of the ticks, and nothing overtakes a chunk that is not a delta", async () => {
  await fc.assert(
    fc.asyncProperty(answers(), async (steps) => {
      const tick = manualTick()
      const { stream } = await modelOf(playing(steps, tick), tick).doStream({ prompt: [] })
      const received: Part[] = []
      for await (const part of stream) received.push(part)
      expect(passages(received)).toEqual(passages(partsOf(steps)))
      expect(tick.joinedCount).toBe(0)
    }),
    { numRuns: 500 },
  )
})

test("at any timing of the ticks, the message is the same as without merging", async () => {
  await fc.assert(
    fc.asyncProperty(answers(), async (steps) => {
      const tick = manualTick()
      const plain = modelOf(playing(partsOf(steps), tick))
      expect(await messageFrom(modelOf(playing(steps, tick), tick))).toEqual(await messageFrom(plain))
    }),
    { numRuns: 100 },
  )
})

function playing(steps: Step[], tick: ManualTick): ReadableStream<Part> {
  const remaining = steps.values()
  return new ReadableStream({
    async pull(controller) {
      for (const step of remaining) {
        if (step !== "tick") return controller.enqueue(step)
        await settled()
        tick.fire()
      }
      controller.close()
    },
  })
}

function partsOf(steps: Step[]): Part[] {
  return steps.filter((step) => step !== "tick")
}

/** Joins each part's deltas between two other parts of the stream. */
function passages(parts: Part[]): unknown[] {
  const passed: unknown[] = []
  let said = new Map<string, { text: string; metadata: unknown }>()
  for (const part of parts) {
    if ("delta" in part) {
      const key = `${part.type} ${part.id}`
      const before = said.get(key)
      said.set(key, { text: (before?.text ?? "") + part.delta, metadata: part.providerMetadata ?? before?.metadata })
    } else {
      passed.push(Object.fromEntries(said), part)
      said = new Map()
    }
  }
  return [...passed, Object.fromEntries(said)]
}

/** Two parts of each kind, whose deltas come in any order, among other parts and ticks. */
function answers(): fc.Arbitrary<Step[]> {
  const signature = fc.record({ provider: fc.record({ signature: fc.string({ maxLength: 2 }) }) })
  const delta = fc.record(
    {
      type: fc.constantFrom("text-delta" as const, "reasoning-delta" as const),
      id: fc.constantFrom("a", "b"),
      delta: fc.string({ unit: "binary", maxLength: 3 }),
      providerMetadata: signature,
    },
    { requiredKeys: ["type", "id", "delta"] },
  )
  const input = fc.record({
    type: fc.constant("tool-input-delta" as const),
    id: fc.constantFrom("called", "cut off"),
    delta: fc.constantFrom("{", '"key"', ":", "1", ",", "}"),
  })
  const others = fc.constantFrom<Part>(
    { type: "source", sourceType: "url", id: "s", url: "https://example.com" },
    { type: "response-metadata", modelId: "m" },
    { type: "ping" },
  )
  const step = fc.oneof(
    { weight: 8, arbitrary: delta },
    { weight: 3, arbitrary: input },
    { weight: 3, arbitrary: fc.constant("tick" as const) },
    { weight: 1, arbitrary: others },
  )
  return fc.array(step, { maxLength: 40 }).map((steps) => [...opening, ...steps, ...closing])
}

const opening: Part[] = [
  { type: "stream-start", warnings: [] },
  ...["a", "b"].flatMap((id): Part[] => [
    { type: "text-start", id },
    { type: "reasoning-start", id },
  ]),
  { type: "tool-input-start", id: "called", toolName: "lookUp" },
  { type: "tool-input-start", id: "cut off", toolName: "lookUp" },
]

const closing: Part[] = [
  ...["a", "b"].flatMap((id): Part[] => [
    { type: "text-end", id },
    { type: "reasoning-end", id },
  ]),
  { type: "tool-input-end", id: "called" },
  { type: "tool-call", toolCallId: "called", toolName: "lookUp", input: '{"key":1}' },
  {
    type: "finish",
    finishReason: { unified: "tool-calls", raw: "tool_calls" },
    usage: {
      inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 1, text: 1, reasoning: 0 },
    },
  },
]

/** Builds the message as a browser does. The tool has no `execute`, so that its call is the end. */
async function messageFrom(model: LanguageModelV4): Promise<unknown> {
  const tools = { lookUp: tool({ inputSchema: z.object({ key: z.number() }) }) }
  const { stream } = streamText({ model, prompt: "Hi", tools })
  const chunks = toUIMessageStream({ stream, tools, sendSources: true, generateMessageId: () => "answer" })
  let last: unknown
  const onError = (error: unknown) => {
    throw error
  }
  for await (const message of readUIMessageStream({ stream: chunks, onError, terminateOnError: true })) last = message
  return last
}
