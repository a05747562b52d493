import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest"
import type { Store } from "#lib/relay/stores/store.ts"
import { upstashStore } from "#lib/relay/stores/upstash.ts"
import { storeContract } from "#tests/contracts/store-contract.ts"
import { askEveryVerb, everyVerb } from "#tests/support/relays/every-verb.ts"
import { inbox } from "#tests/support/relays/inbox.ts"
import { startRedis, type TestRedis } from "#tests/support/relays/redis.ts"
import { startUpstash, type TestUpstash } from "#tests/support/relays/upstash-server.ts"

let redis: TestRedis
let upstash: TestUpstash
const opened: Store[] = []

beforeAll(async () => {
  redis = await startRedis()
  upstash = await startUpstash(redis.url)
})
afterEach(async () => {
  redis.thaw()
  await Promise.all(opened.splice(0).map((store) => store.close()))
})
afterAll(async () => {
  await upstash.stop()
  await redis.stop()
})

function open(options: Partial<Parameters<typeof upstashStore>[0]> = {}): Store {
  const store = upstashStore({ url: upstash.url, token: upstash.token, ...options })
  opened.push(store)
  return store
}

storeContract({ name: "upstash", open: () => upstashStore({ url: upstash.url, token: upstash.token }) })

test("an aborted request is reported as it is, though its error's message cannot be changed", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new DOMException("This operation was aborted", "AbortError")))
  const failed = open().set("key", "value", 60_000)
  await expect(failed).rejects.toMatchObject({ cause: { name: "AbortError" } })
})

test("sends no request before its first call, and prepends to and trims a list in one round trip", async () => {
  const before = upstash.requests
  const store = open()
  expect(upstash.requests).toBe(before)
  await store.pushCapped("list", "value", { maxLength: 5, ttlMs: 60_000 })
  expect(upstash.requests).toBe(before + 1)
})

describe.each([
  { when: "while Redis is frozen", isFrozen: true, options: {} },
  { when: "when no server listens", isFrozen: false, options: { url: "http://127.0.0.1:1" } },
  { when: "with a wrong token", isFrozen: false, options: { token: "wrong" } },
])("$when", ({ isFrozen, options }) => {
  let outcomes: Map<string, unknown>
  beforeAll(async () => {
    const stores = everyVerb.map(() => open(options))
    if (isFrozen) redis.freeze()
    outcomes = await askEveryVerb(stores)
    redis.thaw()
  })

  test.each(everyVerb)("%s gives up within its second", (name) => {
    expect(outcomes.get(name)).toBe("unavailable")
  })
})

test("resubscribes when its subscription is dropped, and reports it", async () => {
  const problems: unknown[] = []
  const store = open({ onProblem: (error) => problems.push(error) })
  const listener = inbox()
  let resubscribed = 0
  await store.subscribe("news", listener.deliver, () => {
    resubscribed += 1
  })
  upstash.dropSubscriptions()
  await expect.poll(() => problems.length).toBe(1)
  await expect.poll(() => store.publish("news", "back")).toBe(1)
  expect(await listener.take(1)).toEqual(["back"])
  expect(resubscribed).toBe(1)
})

test("ignores another program's messages, reports them once, and stays subscribed", async () => {
  const problems: unknown[] = []
  const store = open({ onProblem: (error) => problems.push(error) })
  const listener = inbox()
  await store.subscribe("news", listener.deliver)
  for (const noise of ["no JSON", "7", "{}"]) await redis.command("PUBLISH", "news", noise)
  await store.publish("news", "ours")
  expect(await listener.take(1)).toEqual(["ours"])
  expect(problems).toMatchObject([{ message: expect.stringContaining("ignored") }])
})

test("a closed subscription is not renewed", async () => {
  const store = open()
  const subscription = await store.subscribe("news", () => undefined)
  await subscription.close()
  await expect.poll(() => redis.command("PUBSUB", "CHANNELS", "news")).toEqual([])
})
