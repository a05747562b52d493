import type { UIMessageChunk } from "ai"
import fc from "fast-check"
import { expect, test } from "vitest"
import { chunkCleaner } from "#lib/generation/chunk-cleaner.ts"

test("F49 however text is cut into chunks, the output is well-formed, without NUL, and no chunk ends in half a pair", async () => {
  const anyText = fc.string({
    unit: fc.oneof(
      fc.string({ unit: "binary", maxLength: 3 }),
      fc.constantFrom("🧵", "\uD83E", "\uDDF5", "\0", "é", "\u2028"),
    ),
    maxLength: 40,
  })
  await fc.assert(
    fc.asyncProperty(anyText, fc.array(fc.nat(8)), async (text, cuts) => {
      const clean = await cleanerOf("0")
      const out: string[] = []
      for (const delta of pieces(text, cuts))
        for (const chunk of await clean({ type: "text-delta", id: "0", delta }))
          if (chunk.type === "text-delta") out.push(chunk.delta)
      for (const delta of out) expect(delta.isWellFormed()).toBe(true)
      // Half a pair at the very end waits for a partner that never comes.
      const waiting = /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text
      expect(out.join("")).toBe(waiting.toWellFormed().replaceAll("\0", ""))
    }),
  )
})

test("F47 a delta of megabytes is split into pieces that a store can take, none of which ends in half a pair", async () => {
  const text = `x${"🧵".repeat(1_000_000)}`
  const clean = await cleanerOf("0")
  const cut = (await clean({ type: "text-delta", id: "0", delta: text })).map((chunk) =>
    chunk.type === "text-delta" ? chunk.delta : "",
  )
  expect(cut.join("") === text).toBe(true)
  expect(cut.filter((piece) => piece.length > 32_000 || !piece.isWellFormed())).toEqual([])
})

test("F47 a picture stays whole, whatever the limit for text", async () => {
  const chunk: UIMessageChunk = { type: "file", mediaType: "image/png", url: `data:,${"A".repeat(3_900_000)}` }
  const [cleaned] = await chunkCleaner()(chunk)
  expect(cleaned?.type === "file" && cleaned.url === chunk.url).toBe(true)
})

test("halves of surrogate pairs are not joined across parts that are written at the same time", async () => {
  const clean = await cleanerOf("a", "b")
  const first = await clean({ type: "text-delta", id: "a", delta: "x\uD83E" })
  const second = await clean({ type: "text-delta", id: "b", delta: "\uDDF5y" })
  const third = await clean({ type: "text-delta", id: "a", delta: "\uDDF5z" })
  expect([first, second, third].flat()).toMatchObject([{ delta: "x" }, { delta: "\uFFFDy" }, { delta: "🧵z" }])
})

test("every string in a tool's input and output is made well-formed, and so are its keys", async () => {
  const input = { "a\0": ["\uD800", { b: "ok🧵" }], n: 1, none: null }
  const [chunk] = await chunkCleaner()({ type: "tool-input-available", toolCallId: "1", toolName: "t", input })
  expect(chunk).toMatchObject({ input: { a: ["\uFFFD", { b: "ok🧵" }], n: 1, none: null } })
})

test("D1 ids and names of any length and content stay unique to one part, and fit every place that stores them", async () => {
  const clean = chunkCleaner()
  const toolCallId = `call\0${"x".repeat(1_000_000)}`
  const toolName = "a b.c/ü".repeat(50)
  const chunks = [
    ...(await clean({ type: "tool-input-start", toolCallId, toolName })),
    ...(await clean({ type: "tool-input-delta", toolCallId, inputTextDelta: "{}" })),
    ...(await clean({ type: "tool-input-available", toolCallId, toolName, input: {} })),
    ...(await clean({ type: "tool-output-available", toolCallId, output: 1 })),
  ]
  expect(chunks).toHaveLength(4)
  const ids = new Set(chunks.map((chunk) => ("toolCallId" in chunk ? chunk.toolCallId : "")))
  expect(ids.size).toBe(1)
  expect([...ids][0]?.length).toBeLessThan(129)
  for (const chunk of chunks) if ("toolName" in chunk) expect(chunk.toolName).toBe(toolName.slice(0, 128))
})

test("D1 an invalid chunk or one without its part is dropped and reported, and later chunks pass", async () => {
  const problems: string[] = []
  const clean = chunkCleaner((problem) => problems.push(problem.message))
  const odd = [
    { type: "tool-output-available", toolCallId: "nobody's", output: 1 },
    { type: "text-delta", id: "unbegun", delta: "x" },
    { type: "text-end", id: "unbegun" },
    { type: "tool-input-delta", toolCallId: "t", inputTextDelta: "{" },
    { type: "source-url", sourceId: "s", url: 12 },
    { type: "source-document", sourceId: "s", title: null },
    { type: "file", mediaType: "image/png", url: `data:image/png;base64,${"A".repeat(5_000_000)}` },
    { type: "no-such-chunk", what: 1 },
    { type: "tool-approval-response", approvalId: "nobody's", approved: true },
  ] as unknown as UIMessageChunk[]
  for (const chunk of odd) expect(await clean(chunk)).toEqual([])
  expect(problems).toHaveLength(odd.length)
  expect(await clean({ type: "text-start", id: "0" })).toHaveLength(1)
  expect(await clean({ type: "text-delta", id: "0", delta: "said" })).toHaveLength(1)
})

async function cleanerOf(...ids: string[]) {
  const clean = chunkCleaner()
  for (const id of ids) await clean({ type: "text-start", id })
  return clean
}

function pieces(text: string, cuts: number[]): string[] {
  const parts: string[] = []
  let rest = text
  for (const cut of cuts) {
    parts.push(rest.slice(0, cut))
    rest = rest.slice(cut)
  }
  return [...parts, rest]
}
