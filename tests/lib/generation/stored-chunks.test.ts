import { readUIMessageStream, type UIMessageChunk } from "ai"
import fc from "fast-check"
import { expect, test } from "vitest"
import type { ChatMessage, ChatMessagePart, MessageStatus } from "#lib/chat-protocol.ts"
import { growingChunks, storedChunks } from "#lib/generation/stored-chunks.ts"

const everyPart: ChatMessagePart[] = [
  { type: "step-start" },
  { type: "reasoning", id: "r", text: "thinking", state: "done" },
  { type: "text", text: "Let me see.", state: "done" },
  { type: "tool-calculate", toolCallId: "call", state: "output-available", input: { expression: "1+1" }, output: 2 },
  { type: "tool-current_time", toolCallId: "call-2", state: "output-error", input: {}, errorText: "no" },
  { type: "step-start" },
  { type: "text", text: "It is 2.", state: "done" },
  { type: "source-url", sourceId: "s", url: "https://example.com/", title: "Example" },
]

function message(parts: ChatMessagePart[], status: MessageStatus = "COMPLETE"): ChatMessage {
  return { id: "answer", role: "assistant", parts, metadata: { status } }
}

async function build(chunks: AsyncIterable<UIMessageChunk>): Promise<ChatMessage | undefined> {
  const all: UIMessageChunk[] = []
  for await (const chunk of chunks) all.push(chunk)
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const chunk of all) controller.enqueue(chunk)
      controller.close()
    },
  })
  let built: ChatMessage | undefined
  for await (const snapshot of readUIMessageStream<ChatMessage>({ stream, terminateOnError: true })) built = snapshot
  return built && (JSON.parse(JSON.stringify(built)) as ChatMessage)
}

test("a stored message's chunks build that message, with any kind of parts", async () => {
  expect(await build(storedChunks(message(everyPart)))).toEqual(message(everyPart))
})

test("F14 a message that grows between two polls is built whole, each piece once", async () => {
  const looks = [
    message([], "SENDING"),
    message([{ type: "step-start" }, { type: "text", text: "Let", state: "streaming" }], "STREAMING"),
    message([{ type: "step-start" }, { type: "text", text: "Let me see.", state: "streaming" }], "STREAMING"),
    message(
      [
        { type: "step-start" },
        { type: "text", text: "Let me see.", state: "done" },
        { type: "tool-calculate", toolCallId: "call", state: "input-available", input: { expression: "1+1" } },
      ],
      "STREAMING",
    ),
    message([
      { type: "step-start" },
      { type: "text", text: "Let me see.", state: "done" },
      {
        type: "tool-calculate",
        toolCallId: "call",
        state: "output-available",
        input: { expression: "1+1" },
        output: 2,
      },
      { type: "step-start" },
      { type: "text", text: "It is 2.", state: "done" },
    ]),
  ]
  const last = looks.at(-1)
  expect(await build(growingChunks(each(looks)))).toEqual(last)
})

test("a message that is deleted ends the stream without a final chunk", async () => {
  const chunks: string[] = []
  const looks = [message([{ type: "text", text: "half", state: "streaming" }], "STREAMING")]
  for await (const chunk of growingChunks(each(looks))) chunks.push(chunk.type)
  expect(chunks).not.toContain("finish")
})

async function* each(looks: ChatMessage[]): AsyncGenerator<ChatMessage> {
  yield* looks
}

/** What one part of an answer sends, from its beginning to its end; parts come side by side. */
const partChunks: Record<string, (id: string) => UIMessageChunk[]> = {
  text: (id) => [
    { type: "text-start", id },
    { type: "text-delta", id, delta: "one " },
    { type: "text-delta", id, delta: "two" },
    { type: "text-end", id },
  ],
  reasoning: (id) => [
    { type: "reasoning-start", id },
    { type: "reasoning-delta", id, delta: "hm" },
    { type: "reasoning-end", id },
  ],
  tool: (id) => [
    { type: "tool-input-start", toolCallId: id, toolName: "calculate" },
    { type: "tool-input-available", toolCallId: id, toolName: "calculate", input: { expression: "1 + 1" } },
    { type: "tool-output-available", toolCallId: id, output: 0, preliminary: true },
    { type: "tool-output-available", toolCallId: id, output: 1, preliminary: true },
    { type: "tool-output-available", toolCallId: id, output: 2 },
  ],
  "failing tool": (id) => [
    { type: "tool-input-available", toolCallId: id, toolName: "remote", input: {}, dynamic: true },
    { type: "tool-output-error", toolCallId: id, errorText: "no", dynamic: true },
  ],
  "asking tool": (id) => [
    { type: "tool-input-available", toolCallId: id, toolName: "rename_chat", input: {} },
    { type: "tool-approval-request", toolCallId: id, approvalId: `approval of ${id}` },
  ],
}

test("F14 whatever parts grow side by side, and whenever they are polled, the result is the whole message", async () => {
  const drawn = fc.record({
    kinds: fc.array(fc.constantFrom(...Object.keys(partChunks)), { minLength: 1, maxLength: 5 }),
    turns: fc.array(fc.nat(), { maxLength: 30 }),
    looks: fc.array(fc.boolean(), { maxLength: 30 }),
    lags: fc.array(fc.nat(), { maxLength: 30 }),
  })
  await fc.assert(
    fc.asyncProperty(drawn, async ({ kinds, turns, looks, lags }) => {
      const chunks = interleaved(
        kinds.map((kind, index) => partChunks[kind]?.(`${kind}-${index}`) ?? []),
        turns,
      )
      const seen: ChatMessage[] = []
      for (let count = 0; count <= chunks.length; count++) {
        if (!looks[count] && count < chunks.length) continue
        const isOver = count === chunks.length
        const parts = (await build(streamOf(chunks.slice(0, count))))?.parts ?? []
        // The stored text may lag behind the streamed one.
        const lagging = seen[(lags[count] ?? 0) % (seen.length + 1)]
        if (lagging) seen.push(lagging)
        seen.push(message(parts, isOver ? "COMPLETE" : "STREAMING"))
      }
      const whole = seen.at(-1)
      expect(await build(growingChunks(each(seen)))).toEqual(whole)
    }),
    { numRuns: 200 },
  )
})

/** Each part's own chunks in their order, the parts' taking turns. */
function interleaved(parts: UIMessageChunk[][], turns: number[]): UIMessageChunk[] {
  const left = parts.map((chunks) => [...chunks])
  const all: UIMessageChunk[] = []
  for (let turn = 0; left.some((chunks) => chunks.length > 0); turn++) {
    const open = left.filter((chunks) => chunks.length > 0)
    const next = open[(turns[turn] ?? 0) % open.length]?.shift()
    if (next) all.push(next)
  }
  return all
}

async function* streamOf(chunks: UIMessageChunk[]): AsyncGenerator<UIMessageChunk> {
  yield { type: "start", messageId: "answer" }
  yield* chunks
}
