import { isDeepStrictEqual } from "node:util"
import fc from "fast-check"
import { expect, test } from "vitest"
import { plainValue } from "#lib/plain-value.ts"

test("values that JSON can express are unchanged, and no change is reported", () => {
  const said = { a: [1, -0.5, null, true, "🧵", { "": "" }], empty: {}, none: [] }
  const changes: string[] = []
  expect(plainValue(said, { onChange: (place) => changes.push(place) })).toEqual(said)
  expect(changes).toEqual([])
})

test("other values are replaced by ones that JSON can express, and each place is named", () => {
  const round: Record<string, unknown> = { name: "round" }
  round["self"] = round
  const changes: string[] = []
  const odd = { big: 10n ** 30n, not: Number.NaN, infinite: -Infinity, at: new Date(0), call: () => 1, round }
  const hostile = JSON.parse('{"__proto__":{"x":1},"constructor":{"prototype":{}},"b\\u0000c":"\\ud800"}')
  const plain = plainValue({ odd, hostile, map: new Map([["k", 1]]) }, { onChange: (place) => changes.push(place) })
  expect(plain).toEqual({
    odd: {
      big: String(10n ** 30n),
      not: null,
      infinite: null,
      at: "1970-01-01T00:00:00.000Z",
      round: { name: "round", self: "[…]" },
    },
    hostile: { bc: "\uFFFD" },
    map: { k: 1 },
  })
  expect(changes).toContain(".odd.big")
  expect(changes).toContain(".odd.round.self")
})

test("an object that throws when read, or one ten thousand levels deep, affects only itself", () => {
  const trap = { kept: 1, trap: { toJSON: () => { throw new Error("no") } } } // biome-ignore format: one line
  expect(plainValue(trap)).toEqual({ kept: 1, trap: "[…]" })
  let deep: unknown = "end"
  for (let depth = 0; depth < 10_000; depth++) deep = [deep]
  expect(JSON.stringify(plainValue({ deep })).length).toBeLessThan(300)
})

test("a value that is too large is cut between whole characters", () => {
  const plain = plainValue({ a: "🧵".repeat(40), b: "x", c: ["y"] }, { maxChars: 21 }) as { a: string }
  expect(plain.a.isWellFormed()).toBe(true)
  expect(JSON.stringify(plain).length).toBeLessThan(60)
})

test("D1 any value's replacement survives JSON unchanged", () => {
  fc.assert(
    fc.property(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withNullPrototype: true,
        withSet: true,
        withTypedArray: true,
        withSparseArray: true,
        withUnicodeString: false,
        withObjectString: true,
      }),
      (value) => {
        const plain = plainValue(value)
        if (plain === undefined) return
        const read = JSON.parse(JSON.stringify(plain))
        expect(isDeepStrictEqual(read, JSON.parse(JSON.stringify(plainValue(read))))).toBe(true)
        expect(JSON.stringify(read)).not.toMatch(/\\u0000|\\ud[89a-f]/)
      },
    ),
  )
})
