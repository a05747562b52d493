import type { UIMessageChunk } from "ai"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { continuationOf } from "#lib/generation/continuation.ts"

const soFar = "It was a bright cold day in April, and the clocks were str"

describe("a continued text", () => {
  test("stays one part under its own id, whatever id the model uses", () => {
    expect(joined(["iking", " thirteen."])).toEqual([
      { type: "text-delta", id: "open", delta: "iking" },
      { type: "text-delta", id: "open", delta: " thirteen." },
      { type: "text-end", id: "open" },
      { type: "finish-step" },
    ])
  })

  test("is whole however the model cuts its text, and whether it repeats the end or starts over", () => {
    const repetitions = fc.oneof(fc.constant(0), fc.integer({ min: 20, max: soFar.length }))
    fc.assert(
      fc.property(repetitions, fc.array(fc.nat(12)), (repeatedChars, cuts) => {
        const rest = "iking thirteen."
        const said = soFar.slice(soFar.length - repeatedChars) + rest
        expect(textOf(joined(pieces(said, cuts)))).toBe(rest)
      }),
    )
  })

  test("keeps an apparent repetition that is too short or from the middle", () => {
    for (const said of ["clocks were str", "It was a bright cold night", "a bright cold day in April"])
      expect(textOf(joined(pieces(said, [3, 3, 3])))).toBe(said)
  })

  test("ends where it broke off if the model adds nothing, or does something else instead", () => {
    expect(chunksOf([])).toEqual([{ type: "text-end", id: "open" }])
    const call: UIMessageChunk = { type: "tool-input-start", toolCallId: "t", toolName: "calculate" }
    expect(chunksOf([{ type: "start-step" }, call])).toEqual([{ type: "text-end", id: "open" }, call])
  })

  test("is the only joined part: text of a later step is a part of its own, even under the same id", () => {
    const step: UIMessageChunk[] = [
      { type: "start-step" },
      { type: "text-start", id: "0" },
      { type: "text-delta", id: "0", delta: "more" },
      { type: "text-end", id: "0" },
    ]
    expect(chunksOf([...step, ...step])).toEqual([
      { type: "text-delta", id: "open", delta: "more" },
      { type: "text-end", id: "open" },
      ...step,
    ])
  })

  test("contains no thoughts about how to continue", () => {
    const thoughts: UIMessageChunk[] = [
      { type: "reasoning-start", id: "r" },
      { type: "reasoning-delta", id: "r", delta: "Where was I?" },
      { type: "reasoning-end", id: "r" },
    ]
    expect(textOf(chunksOf([{ type: "start-step" }, ...thoughts, { type: "text-start", id: "0" }]))).toBe("")
  })
})

function joined(deltas: string[]): UIMessageChunk[] {
  return chunksOf([
    { type: "start-step" },
    { type: "text-start", id: "model's" },
    ...deltas.map((delta): UIMessageChunk => ({ type: "text-delta", id: "model's", delta })),
    { type: "text-end", id: "model's" },
    { type: "finish-step" },
  ])
}

function chunksOf(chunks: UIMessageChunk[]): UIMessageChunk[] {
  const continuation = continuationOf({ id: "open", text: soFar })
  return [...chunks.flatMap((chunk) => [...continuation.transform(chunk)]), ...continuation.end()]
}

function textOf(chunks: UIMessageChunk[]): string {
  return chunks.map((chunk) => ("delta" in chunk ? chunk.delta : "")).join("")
}

/** Cuts the text into pieces of these lengths, and the rest. */
function pieces(text: string, cuts: number[]): string[] {
  const all: string[] = []
  let from = 0
  for (const cut of cuts) {
    all.push(text.slice(from, from + cut))
    from += cut
  }
  return [...all, text.slice(from)]
}
