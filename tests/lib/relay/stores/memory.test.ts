import { expect, test } from "vitest"
import { memoryStore } from "#lib/relay/stores/memory.ts"
import { storeContract } from "#tests/contracts/store-contract.ts"

storeContract({ name: "memory", open: () => memoryStore() })

test("a value is there until its time to live ends, to the millisecond", async () => {
  let nowMs = 0
  const store = memoryStore(() => nowMs)
  await store.set("key", "1", 1_000)
  nowMs = 999
  expect(await store.increment("key")).toBe(2)
  nowMs = 1_000
  expect(await store.get("key")).toBeUndefined()
  expect(await store.increment("key")).toBe(1)
})

test("a restart forgets the stored values, but no subscriber", async () => {
  const store = memoryStore()
  const heard: string[] = []
  await store.subscribe("channel", (message) => heard.push(message))
  await store.set("key", "value", 1_000)
  await store.append("log", "1-1", "entry", { mustExist: false })
  store.restart?.()
  expect(await store.get("key")).toBeUndefined()
  expect(await store.append("log", "1-2", "entry", { mustExist: true })).toBe("lost")
  expect(await store.publish("channel", "still here")).toBe(1)
  expect(heard).toEqual(["still here"])
})
