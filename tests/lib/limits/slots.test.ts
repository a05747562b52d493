import { expect, test } from "vitest"
import { places } from "#lib/limits/slots.ts"

test("a place is given back once, however often that is said", () => {
  const two = places(2)
  const [first, second] = [two.take("a"), two.take("a")]
  expect(two.take("a")).toBeUndefined()
  expect(two.take("b")).toBeDefined()
  first?.()
  first?.()
  expect(two.take("a")).toBeDefined()
  expect(two.take("a")).toBeUndefined()
  second?.()
  expect(two.take("a")).toBeDefined()
})

test("where there is no limit there is always a place", () => {
  const any = places(undefined)
  expect(Array.from({ length: 1000 }, () => any.take("a")).every(Boolean)).toBe(true)
})
