import { readUIMessageStream, type UIMessageChunk } from "ai"
import fc from "fast-check"
import { expect, test } from "vitest"
import { eventId, type StreamEvent } from "#lib/chat-protocol.ts"
import { mergeEvents } from "#lib/chunks/merge-events.ts"

test("neighbouring deltas of a part become one, under the id of the last", () => {
  const events = numbered([
    { type: "text-start", id: "a" },
    { type: "text-delta", id: "a", delta: "one " },
    { type: "text-delta", id: "a", delta: "two " },
    { type: "text-delta", id: "a", delta: "three" },
    { type: "text-end", id: "a" },
  ])
  expect(mergeEvents(events)).toEqual([
    { id: "1-1", chunk: { type: "text-start", id: "a" } },
    { id: "1-4", chunk: { type: "text-delta", id: "a", delta: "one two three" } },
    { id: "1-5", chunk: { type: "text-end", id: "a" } },
  ])
})

test("deltas of other parts, or of another kind, stay apart", () => {
  const events = numbered([
    { type: "text-delta", id: "a", delta: "text" },
    { type: "reasoning-delta", id: "a", delta: "thought" },
    { type: "text-delta", id: "b", delta: "text" },
    { type: "tool-input-delta", toolCallId: "a", inputTextDelta: "{" },
    { type: "tool-input-delta", toolCallId: "b", inputTextDelta: "{" },
  ])
  expect(mergeEvents(events)).toEqual(events)
})

test("the input events are not changed", () => {
  const events = numbered([
    { type: "text-delta", id: "a", delta: "one" },
    { type: "text-delta", id: "a", delta: "two" },
  ])
  const before = structuredClone(events)
  mergeEvents(events)
  expect(events).toEqual(before)
})

test("a hundred thousand deltas are merged in less than a second of CPU time", () => {
  const deltas = Array.from({ length: 100_000 }, () => ({ type: "text-delta", id: "a", delta: "word " }) as const)
  const begun = process.cpuUsage()
  expect(mergeEvents(numbered(deltas))).toHaveLength(1)
  expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(1_000)
})

test("merged or not, the events build the same message, with rising ids and the same end", async () => {
  await fc.assert(
    fc.asyncProperty(answers(), async (chunks) => {
      const events = numbered(chunks)
      const merged = mergeEvents(events)
      expect(await messageOf(merged)).toEqual(await messageOf(events))
      const places = merged.map(placeOf)
      expect(places).toEqual([...new Set(places)].sort((one, other) => one - other))
      expect(merged.at(-1)?.id).toBe(events.at(-1)?.id)
    }),
    { numRuns: 300 },
  )
})

test("a reader that leaves anywhere in the merged events and gets the rest unmerged misses nothing", async () => {
  await fc.assert(
    fc.asyncProperty(answers(), fc.nat(), async (chunks, anywhere) => {
      const events = numbered(chunks)
      const merged = mergeEvents(events)
      const seen = merged.slice(0, 1 + (anywhere % merged.length))
      const position = Math.max(...seen.map(placeOf))
      const rest = events.filter((event) => placeOf(event) > position)
      expect(await messageOf([...seen, ...rest])).toEqual(await messageOf(events))
    }),
    { numRuns: 300 },
  )
})

function numbered(chunks: UIMessageChunk[]): StreamEvent[] {
  return chunks.map((chunk, index) => ({ id: eventId(1, index + 1), chunk }))
}

function placeOf({ id }: StreamEvent): number {
  return Number(id.slice("1-".length))
}

/** Two parts of each kind, whose deltas come in any order, among other chunks. */
function answers(): fc.Arbitrary<UIMessageChunk[]> {
  const id = fc.constantFrom("a", "b")
  const delta = fc.string({ unit: "grapheme", maxLength: 3 })
  const metadata = fc.option(fc.record({ provider: fc.record({ signature: fc.string({ maxLength: 2 }) }) }), {
    nil: undefined,
  })
  const text = fc.record({
    type: fc.constantFrom("text-delta", "reasoning-delta"),
    id,
    delta,
    providerMetadata: metadata,
  })
  const toolInput = fc.record({
    type: fc.constant("tool-input-delta"),
    toolCallId: id,
    inputTextDelta: fc.constantFrom("{", '"key"', ":", "1", ",", "}"),
  })
  const others = fc.constantFrom<UIMessageChunk>(
    { type: "source-url", sourceId: "s", url: "https://example.com" },
    { type: "data-note", data: 1 },
    { type: "message-metadata", messageMetadata: { model: "m" } },
  )
  const body = fc.array(fc.oneof({ weight: 8, arbitrary: text }, { weight: 3, arbitrary: toolInput }, others), {
    maxLength: 40,
  })
  // The arbitraries above make exactly the shapes of the chunks they name.
  return body.map((chunks) => [...opening, ...(chunks as UIMessageChunk[]), ...closing])
}

const opening: UIMessageChunk[] = [
  { type: "start", messageId: "answer" },
  { type: "start-step" },
  ...["a", "b"].flatMap((id): UIMessageChunk[] => [
    { type: "text-start", id },
    { type: "reasoning-start", id },
    { type: "tool-input-start", toolCallId: id, toolName: "tool" },
  ]),
]

const closing: UIMessageChunk[] = [
  ...["a", "b"].flatMap((id): UIMessageChunk[] => [
    { type: "text-end", id },
    { type: "reasoning-end", id },
  ]),
  { type: "finish-step" },
  { type: "finish" },
]

/** As a browser builds it. */
async function messageOf(events: StreamEvent[]): Promise<unknown> {
  const chunks = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const { chunk } of events) controller.enqueue(chunk)
      controller.close()
    },
  })
  let last: unknown
  const onError = (error: unknown) => {
    throw error
  }
  for await (const message of readUIMessageStream({ stream: chunks, onError, terminateOnError: true })) last = message
  return last
}
