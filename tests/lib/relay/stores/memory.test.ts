import { expect, test } from "vitest"
import { memoryStore } from "#lib/relay/stores/memory.ts"
import { storeContract } from "#tests/contracts/store-contract.ts"

storeContract({ name: "memory", open: () => memoryStore() })

test("a value is there until its time is over, to the millisecond", async () => {
  let nowMs = 0
  const store = memoryStore(() => nowMs)
  await store.set("key", "1", 1_000)
  nowMs = 999
  expect(await store.increment("key")).toBe(2)
  nowMs = 1_000
  expect(await store.get("key")).toBeUndefined()
  expect(await store.increment("key")).toBe(1)
})
