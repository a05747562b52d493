/** A `reset-step` takes back what its step said: whoever reads chunks must forget it too. */
import type { UIMessageChunk } from "ai"
import { expect, test } from "vitest"
import type { ChatMessage, ChatMessagePart } from "#lib/chat-protocol.ts"
import { mergeEvents } from "#lib/chunks/merge-events.ts"
import { messageBuilder } from "#lib/chunks/message-builder.ts"
import { chunkCleaner } from "#lib/generation/chunk-cleaner.ts"
import { charCounter } from "#lib/generation/chunk-text.ts"
import { openParts } from "#lib/generation/open-parts.ts"
import { answerSources } from "#lib/generation/sources.ts"
import { growingChunks } from "#lib/generation/stored-chunks.ts"
import { unseenChunks } from "#lib/turns/request/unseen-chunks.ts"

const start: UIMessageChunk = { type: "start-step" }
const reset: UIMessageChunk = { type: "reset-step" }
const said = (delta: string, id = "t"): UIMessageChunk[] => [
  { type: "text-start", id },
  { type: "text-delta", id, delta },
  { type: "text-end", id },
]
const open = (delta: string): UIMessageChunk[] => said(delta).slice(0, 2)
const call: UIMessageChunk = {
  type: "tool-input-available",
  toolCallId: "c",
  toolName: "shell",
  input: {},
  dynamic: true,
}
const events = (chunks: UIMessageChunk[]) => chunks.map((chunk, index) => ({ id: `1-${index + 1}` as const, chunk }))

test("no part is open after it, and what follows is tracked", () => {
  const parts = openParts()
  for (const chunk of [start, ...open("lost"), call, reset]) parts.track(chunk)
  expect([...parts.closing()]).toEqual([])
  for (const chunk of open("right")) parts.track(chunk)
  expect([...parts.closing()]).toEqual([{ type: "text-end", id: "t" }])
})

test("a delta or a result of what it took back belongs to nothing", async () => {
  const clean = chunkCleaner()
  for (const chunk of [start, ...open("lost"), call, reset]) expect(await clean(chunk)).toHaveLength(1)
  expect(await clean({ type: "text-delta", id: "t", delta: " more" })).toEqual([])
  expect(await clean({ type: "tool-output-available", toolCallId: "c", output: 1 })).toEqual([])
  expect(await clean({ type: "text-start", id: "t" })).toHaveLength(1)
})

test("characters that it took back do not count, those of earlier steps do", () => {
  const counter = charCounter()
  for (const chunk of [start, ...said("12345"), start, ...said("lost"), reset, ...said("123")]) counter.count(chunk)
  expect(counter.chars).toBe(8)
})

test("a source that it took back is cited again if it is named again, under the same number", () => {
  const sources = answerSources({})
  const cite = (url: string): UIMessageChunk => ({ type: "source-url", sourceId: "any", url })
  for (const chunk of [start, cite("https://a.example/"), reset]) sources.withSources(chunk)
  expect(sources.cited).toEqual([])
  expect(sources.withSources(cite("https://b.example/"))).toHaveLength(1)
  expect(sources.withSources(cite("https://a.example/"))).toHaveLength(1)
  expect(sources.cited.map(({ url }) => url)).toEqual(["https://b.example/", "https://a.example/"])
})

test("the stored message has only what follows it, merged or not", async () => {
  const all = events([start, ...said("lost"), reset, ...said("right", "u")])
  for (const each of [all, mergeEvents(all)]) {
    const builder = messageBuilder("m")
    for (const event of each) builder.add(event)
    expect(await builder.parts()).toMatchObject([{ type: "step-start" }, { type: "text", text: "right" }])
  }
})

test("a polled message whose text was replaced is sent again from its step on", async () => {
  const versions = [message("one thre", "STREAMING"), message("one two three", "COMPLETE")]
  const chunks = await Array.fromAsync(growingChunks(fromArray(versions)))
  const builder = messageBuilder("m")
  for (const event of events(chunks)) builder.add(event)
  expect(chunks.map(({ type }) => type)).toContain("reset-step")
  expect(await builder.parts()).toMatchObject([{ type: "step-start" }, { type: "text", text: "one two three" }])
})

test("a polled message that only grows is never reset", async () => {
  const versions = [message("one", "STREAMING"), message("one two", "STREAMING"), message("one two", "COMPLETE")]
  const chunks = await Array.fromAsync(growingChunks(fromArray(versions)))
  expect(chunks.map(({ type }) => type)).not.toContain("reset-step")
})

test("a stock client that continues its copy gets everything after it", () => {
  const unseen = unseenChunks({ id: "m", parts: [{ type: "step-start" }, { type: "text", text: "lost" }] })
  const sent = [start, ...said("lost"), reset, ...said("right", "u")].flatMap((chunk) => unseen(chunk))
  expect(sent).toEqual([reset, ...said("right", "u")])
})

test("of a call's progress a late reader gets the newest, and then its result", () => {
  const output = (value: number, preliminary?: true): UIMessageChunk => ({
    type: "tool-output-available",
    toolCallId: "c",
    output: value,
    ...(preliminary && { preliminary }),
  })
  const merged = mergeEvents(events([call, output(1, true), output(2, true), output(3)]))
  expect(merged).toEqual([
    { id: "1-1", chunk: call },
    { id: "1-4", chunk: output(3) },
  ])
})

function message(text: string, status: "STREAMING" | "COMPLETE"): ChatMessage {
  const state = status === "STREAMING" ? "streaming" : "done"
  const parts: ChatMessagePart[] = [{ type: "step-start" }, { type: "text", text, state }]
  return { id: "m", role: "assistant", parts, metadata: { status } }
}

async function* fromArray<Item>(items: Item[]): AsyncGenerator<Item> {
  yield* items
}
