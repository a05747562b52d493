/**
 * Whatever a model, its provider or a tool sends, the answer is stored and charged once, and the next question is
 * answered. `RUNS=2000 npx vitest run tests/app/providers/hostile-values.test.ts` searches further.
 */
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamPart } from "@ai-sdk/provider"
import { jsonSchema, parseJsonEventStream, tool, uiMessageChunkSchema } from "ai"
import fc from "fast-check"
import { expect, test } from "vitest"
import { type ChatMessage, finalStatuses } from "#lib/chat-protocol.ts"
import { type Client, freshService, type TestService } from "#tests/support/clients/service.ts"
import { seeded } from "#tests/support/seeded-property.ts"

const runs = Number(process.env.RUNS ?? 40)
/** The text before any hostile value, which must be kept. */
const words = "These words are kept."

interface Hostile {
  usage: unknown
  parts: unknown[]
  finishReason: unknown
  output: unknown
}

const oddText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom(
    "",
    "\0",
    "\uD800",
    "a\0b",
    "🧵".repeat(2_000),
    "__proto__",
    "x".repeat(70_000),
    "' or 1=1; --",
    "\u2028",
  ),
)
const oddNumber = fc.oneof(
  fc.double(),
  fc.constantFrom<unknown>(30.5, -1, -0, 2 ** 31, 2 ** 53, 1e300, Number.NaN, Infinity, "30", null, undefined, {}, 10n),
)
const oddValue = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withTypedArray: true }),
  oddText,
  fc.constantFrom("deep", "round", "throws", "proto").map((hard) => ({ hard })),
)
const id = fc.oneof(fc.constantFrom("0", "a"), oddText)
const metadata = fc.option(oddValue, { nil: undefined })
const oddUsage = fc.record({
  inputTokens: fc.record({ total: oddNumber, noCache: oddNumber, cacheRead: oddNumber, cacheWrite: oddNumber }),
  outputTokens: fc.record({ total: oddNumber, text: oddNumber, reasoning: oddNumber }),
  raw: oddValue,
})
const oddParts = fc.oneof(
  id.chain((same) =>
    fc.tuple(oddText, metadata).map(([delta, providerMetadata]) => [
      { type: "reasoning-start", id: same, providerMetadata },
      { type: "reasoning-delta", id: same, delta, providerMetadata },
      { type: "reasoning-end", id: same, providerMetadata },
    ]),
  ),
  id.chain((same) =>
    oddText.map((delta) => [
      { type: "text-start", id: same },
      { type: "text-delta", id: same, delta },
      { type: "text-end", id: same },
    ]),
  ),
  fc
    .record({
      type: fc.constant("source"),
      sourceType: fc.constantFrom("url", "document", "odd"),
      id,
      url: oddText,
      title: oddValue,
      mediaType: oddText,
      providerMetadata: metadata,
    })
    .map(one),
  fc
    .record({
      type: fc.constantFrom("file", "reasoning-file"),
      mediaType: oddText,
      data: fc.oneof(oddText, fc.record({ type: fc.constant("data"), data: oddText })),
    })
    .map(one),
  fc.tuple(id, oddText, oddText, oddValue, fc.boolean()).map(([toolCallId, toolName, input, result, dynamic]) => [
    { type: "tool-call", toolCallId, toolName, input, providerExecuted: true, dynamic },
    { type: "tool-result", toolCallId, toolName, result, dynamic },
  ]),
  fc
    .tuple(id, oddText, oddText)
    .map(([toolCallId, toolName, input]) => [{ type: "tool-call", toolCallId, toolName, input }]),
  fc.tuple(id, oddText).map(([toolCallId, toolName]) => [{ type: "tool-result", toolCallId, toolName, result: 1 }]),
  fc.tuple(id).map(([toolCallId]) => [{ type: "tool-call", toolCallId, toolName: "hostile", input: "{}" }]),
  fc.record({ type: fc.constant("response-metadata"), id: oddValue, modelId: oddValue, timestamp: oddValue }).map(one),
  fc.record({ type: oddText, id: oddValue }).map(one),
)
const hostile: fc.Arbitrary<Hostile> = fc.record({
  usage: fc.oneof(oddUsage, oddUsage, fc.constant(undefined), oddValue),
  parts: fc.array(oddParts, { maxLength: 4 }).map((lists) => lists.flat()),
  finishReason: fc.oneof(
    fc.constant({ unified: "stop", raw: "stop" }),
    fc.record({ unified: oddText, raw: oddValue }),
    oddValue,
  ),
  output: oddValue,
})

test("D1 whatever values a model sends, the answer is stored and charged once, and the next question is answered", async () => {
  let said: Hostile | undefined
  // Credits must not run out over a million tokens that were never used.
  const service = await freshService({ model: saying(() => said), environment: { FREE_CREDITS: "0" } })
  service.services.chat.mcp.current = () => ({
    hostile: tool({ inputSchema: jsonSchema({ type: "object" }), execute: async () => madeHard(said?.output) }),
  })
  const client = await service.guest()
  await fc.assert(
    fc.asyncProperty(hostile, async (given) => {
      client.chatId = crypto.randomUUID()
      said = given
      const answer = await client.post("say odd things")
      await answer.readAll()
      await expectReadable(answer.events.map(({ chunk }) => chunk))
      await expectStored(service, client, answer.response.headers.get("x-stream-id") ?? "")
      said = undefined
      const next = await client.post("and now?")
      expect(next.response.status).toBe(200)
      expect(await next.readAll()).toBe("Plainly.")
      expect((await client.messages()).at(-1)?.metadata?.status).toBe("COMPLETE")
    }),
    seeded(runs),
  )
}, 600_000)

async function expectStored(service: TestService, client: Client, streamId: string): Promise<void> {
  const stored = (await client.messages()).at(-1)
  expect(finalStatuses).toContain(stored?.metadata?.status)
  expect(textOf(stored)).toContain(words)
  const charges = (await service.charges()).filter((charge) => charge.streamId === streamId)
  expect(charges).toHaveLength(1)
  for (const count of [charges[0]?.inputTokens, charges[0]?.outputTokens, charges[0]?.credits])
    expect(Number.isSafeInteger(count) && Number(count) >= 0).toBe(true)
  // As a stock client reads it, and as any later reader does.
  const again = await client.follow()
  expect(await again.readAll()).toContain(words)
}

/** A stock client validates each event, and stops at an invalid one. */
async function expectReadable(chunks: unknown[]): Promise<void> {
  const lines = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
  const stream = new Blob(lines).stream()
  for await (const read of parseJsonEventStream({ stream, schema: uiMessageChunkSchema }))
    if (!read.success) throw new Error("a stock client could not read this", { cause: read.error })
}

function saying(hostile: () => Hostile | undefined): LanguageModelV4 {
  const parts = (call: LanguageModelV4CallOptions) => {
    const said = hostile()
    const isAfterTool = call.prompt.at(-1)?.role === "tool"
    const plain = said === undefined || isAfterTool
    return [
      { type: "stream-start", warnings: [] },
      { type: "text-start", id: "words" },
      { type: "text-delta", id: "words", delta: said === undefined ? "Plainly." : words },
      { type: "text-end", id: "words" },
      ...(plain ? [] : said.parts.map(withHardValues)),
      {
        type: "finish",
        finishReason: plain ? { unified: "stop", raw: "stop" } : said.finishReason,
        usage: plain ? usage : withHardValues(said.usage),
      },
    ] as LanguageModelV4StreamPart[] // much of it is not
  }
  return {
    specificationVersion: "v4",
    provider: "rejoin.test",
    modelId: "hostile",
    supportedUrls: {},
    async doStream(call) {
      const said = parts(call)
      return {
        stream: new ReadableStream({
          pull: (controller) => {
            const part = said.shift()
            if (part) controller.enqueue(part)
            else controller.close()
          },
        }),
      }
    },
    doGenerate: () => Promise.reject(new Error("nobody asks for it")),
  }
}

const usage = {
  inputTokens: { total: 5, noCache: 5, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 5, text: 5, reasoning: 0 },
}

class Throwing {
  toJSON(): never {
    throw new Error("no")
  }
}

/** Built inside the model, because fast-check could not print these values. */
function madeHard(value: unknown): unknown {
  const kind = typeof value === "object" && value !== null && "hard" in value ? value.hard : undefined
  if (kind === "proto") return JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":{}}}')
  if (kind === "throws") return new Throwing()
  if (kind !== "deep" && kind !== "round") return value
  let hard: Record<string, unknown> = {}
  if (kind === "round") hard["self"] = hard
  else for (let depth = 0; depth < 10_000; depth++) hard = { hard }
  return hard
}

function withHardValues(part: unknown): unknown {
  if (typeof part !== "object" || part === null) return part
  return Object.fromEntries(Object.entries(part).map(([name, field]) => [name, madeHard(field)]))
}

function one(part: unknown): unknown[] {
  return [part]
}

function textOf(message: ChatMessage | undefined): string {
  return message?.parts.map((part) => (part.type === "text" ? part.text : "")).join("") ?? ""
}
