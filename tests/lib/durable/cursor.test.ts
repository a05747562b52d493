import { expect, test } from "vitest"
import { cursorAfter } from "#lib/durable/cursor.ts"

const nowMs = Date.UTC(2024, 9, 9, 0, 1, 39)
const current = "4"

test("a cursor counts intervals of 20 s from 9 October 2024", () => {
  expect(cursorAfter(undefined, nowMs)).toBe(current)
  expect(cursorAfter(undefined, nowMs + 1_000)).toBe("5")
})

test("an older cursor is replaced by the current one", () => {
  for (const echoed of ["0", "3"]) expect(cursorAfter(echoed, nowMs)).toBe(current)
})

test("a cursor that is not older comes back raised, by at most an hour", () => {
  for (const echoed of ["4", "5", "1000"])
    expect([cursorAfter(echoed, nowMs, () => 0), cursorAfter(echoed, nowMs, () => 0.9999)]).toEqual([
      String(Number(echoed) + 1),
      String(Number(echoed) + 180),
    ])
})

test.each(["", "x", "-1", "1.5", "4 ", "1e9", "9".repeat(16)])("%j counts as no cursor", (echoed) =>
  expect(cursorAfter(echoed, nowMs)).toBe(current),
)
