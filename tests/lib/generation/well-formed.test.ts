import fc from "fast-check"
import { expect, test } from "vitest"
import { chunkCleaner, wellFormed } from "#lib/generation/well-formed.ts"

test("F49 however text is cut into chunks, what comes out is the well-formed text, without NUL, and no chunk ends in half a pair", () => {
  const anyText = fc.string({
    unit: fc.oneof(
      fc.string({ unit: "binary", maxLength: 3 }),
      fc.constantFrom("🧵", "\uD83E", "\uDDF5", "\0", "é", "\u2028"),
    ),
  })
  fc.assert(
    fc.property(anyText, fc.array(fc.nat(8)), (text, cuts) => {
      const clean = chunkCleaner()
      const out: string[] = []
      for (const delta of pieces(text, cuts))
        for (const chunk of clean({ type: "text-delta", id: "0", delta }))
          if (chunk.type === "text-delta") out.push(chunk.delta)
      for (const delta of out) expect(delta.isWellFormed()).toBe(true)
      // Half a pair at the very end waits for a partner that never comes.
      const waiting = /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text
      expect(out.join("")).toBe(waiting.toWellFormed().replaceAll("\0", ""))
    }),
  )
})

test("F47 a delta of megabytes goes on in pieces that a store can take, none of which ends in half a pair", () => {
  const text = `x${"🧵".repeat(1_000_000)}`
  const pieces = chunkCleaner()({ type: "text-delta", id: "0", delta: text }).map((chunk) =>
    chunk.type === "text-delta" ? chunk.delta : "",
  )
  expect(pieces.join("") === text).toBe(true)
  expect(pieces.filter((piece) => piece.length > 32_000 || !piece.isWellFormed())).toEqual([])
})

test("parts that are written at the same time do not lend each other halves", () => {
  const clean = chunkCleaner()
  const first = clean({ type: "text-delta", id: "a", delta: "x\uD83E" })
  const second = clean({ type: "text-delta", id: "b", delta: "\uDDF5y" })
  const third = clean({ type: "text-delta", id: "a", delta: "\uDDF5z" })
  expect([first, second, third].flat()).toMatchObject([{ delta: "x" }, { delta: "\uFFFDy" }, { delta: "🧵z" }])
})

test("every string in a tool's input and output is made well-formed, its names too", () => {
  expect(wellFormed({ "a\0": ["\uD800", { b: "ok🧵" }], n: 1, none: null })).toEqual({
    a: ["\uFFFD", { b: "ok🧵" }],
    n: 1,
    none: null,
  })
})

function pieces(text: string, cuts: number[]): string[] {
  const parts: string[] = []
  let rest = text
  for (const cut of cuts) {
    parts.push(rest.slice(0, cut))
    rest = rest.slice(cut)
  }
  return [...parts, rest]
}
