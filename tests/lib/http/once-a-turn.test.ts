import { setImmediate as turn } from "node:timers/promises"
import { expect, test } from "vitest"
import { onceATurn } from "#lib/http/responses/once-a-turn.ts"

test("something is made once in a turn of the event loop, and nothing of it is kept for the next", async () => {
  let count = 0
  const make = onceATurn((key: { name: string }) => `${key.name} ${++count}`)
  const [one, two] = [{ name: "one" }, { name: "two" }]
  expect([make(one), make(two), make(one)]).toEqual(["one 1", "two 2", "one 1"])
  await turn()
  expect(make(one)).toBe("one 3")
})
