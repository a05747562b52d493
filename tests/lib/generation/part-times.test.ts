import type { UIMessageChunk } from "ai"
import { expect, test } from "vitest"
import { tookMsOf } from "#lib/chat-protocol.ts"
import { messageBuilder } from "#lib/chunks/message-builder.ts"
import { partTimes } from "#lib/generation/part-times.ts"
import { storedChunks } from "#lib/generation/stored-chunks.ts"

type TimedChunk = [atMs: number, chunk: UIMessageChunk]

/** Returns the parts that these chunks make, with their times. */
async function partsOf(chunks: TimedChunk[]) {
  let now = 0
  const timed = partTimes(() => now)
  const builder = messageBuilder("a1")
  const measured = chunks.map(([atMs, chunk]) => {
    now = atMs
    return timed(chunk)
  })
  for (const [index, chunk] of measured.entries()) builder.add({ id: `1-${index + 1}`, chunk })
  return builder.parts()
}

const thought: TimedChunk[] = [
  [0, { type: "reasoning-start", id: "r" }],
  [100, { type: "reasoning-delta", id: "r", delta: "hm" }],
  [200, { type: "reasoning-delta", id: "r", delta: "", providerMetadata: { anthropic: { signature: "s" } } }],
  [4_200, { type: "reasoning-end", id: "r" }],
]
const call: TimedChunk[] = [
  [5_000, { type: "tool-input-start", toolCallId: "t", toolName: "find" }],
  [
    5_100,
    { type: "tool-input-available", toolCallId: "t", toolName: "find", input: {}, toolMetadata: { server: "x" } },
  ],
  [5_200, { type: "tool-output-available", toolCallId: "t", output: { progress: "half" }, preliminary: true }],
]

test("a thought records how long it took, and keeps its provider's metadata", async () => {
  const [part] = await partsOf(thought)
  expect(part).toMatchObject({ type: "reasoning", providerMetadata: { anthropic: { signature: "s" } } })
  expect(part && tookMsOf(part)).toBe(4_200)
})

test.each<[string, UIMessageChunk]>([
  ["gave something", { type: "tool-output-available", toolCallId: "t", output: 1 }],
  ["failed", { type: "tool-output-error", toolCallId: "t", errorText: "no" }],
])("a call that %s records how long it ran: to its end, not to its first progress report", async (_, end) => {
  const [part] = await partsOf([...call, [6_400, end]])
  expect(part && tookMsOf(part)).toBe(1_300)
  const [half] = await partsOf(call)
  expect(half && tookMsOf(half)).toBeUndefined()
})

test("two thoughts under one id have separate times", async () => {
  const again = thought.map(([atMs, chunk]): TimedChunk => [atMs * 2 + 10_000, chunk])
  const parts = await partsOf([...thought, ...again])
  expect(parts.map(tookMsOf)).toEqual([4_200, 8_400])
})

test("the times are there when the stored message is streamed again", async () => {
  const parts = await partsOf([
    ...thought,
    ...call,
    [6_400, { type: "tool-output-available", toolCallId: "t", output: 1 }],
  ])
  const again = messageBuilder("a1")
  let seq = 0
  for await (const chunk of storedChunks({ id: "a1", role: "assistant", parts })) again.add({ id: `1-${++seq}`, chunk })
  const rebuilt = await again.parts()
  expect(rebuilt.map(tookMsOf)).toEqual([4_200, 1_300])
  expect(rebuilt[0]).toMatchObject({ providerMetadata: { anthropic: { signature: "s" } } })
})
