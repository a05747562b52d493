import { expect, test } from "vitest"
import { slots } from "#lib/limits/slots.ts"

test("a slot is released once, however often its release is called", () => {
  const two = slots(2)
  const [first, second] = [two.acquire("a"), two.acquire("a")]
  expect(two.acquire("a")).toBeUndefined()
  expect(two.acquire("b")).toBeDefined()
  first?.()
  first?.()
  expect(two.acquire("a")).toBeDefined()
  expect(two.acquire("a")).toBeUndefined()
  second?.()
  expect(two.acquire("a")).toBeDefined()
})

test("without a limit there is always a free slot", () => {
  const any = slots(undefined)
  expect(Array.from({ length: 1000 }, () => any.acquire("a")).every(Boolean)).toBe(true)
})
