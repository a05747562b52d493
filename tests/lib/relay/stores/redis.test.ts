import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { redisStore } from "#lib/relay/stores/redis.ts"
import { type Store, StoreUnavailable } from "#lib/relay/stores/store.ts"
import { storeContract } from "#tests/contracts/store-contract.ts"
import { askEveryVerb, everyVerb } from "#tests/support/relays/every-verb.ts"
import { inbox } from "#tests/support/relays/inbox.ts"
import { startRedis, type TestRedis } from "#tests/support/relays/redis.ts"

let redis: TestRedis
const opened: Store[] = []

beforeAll(async () => {
  redis = await startRedis()
})
afterEach(async () => {
  redis.thaw()
  await Promise.all(opened.splice(0).map((store) => store.close()))
})
afterAll(() => redis.stop())

function open(url = redis.url): Store {
  const store = redisStore({ url })
  opened.push(store)
  return store
}

storeContract({ name: "redis", open: () => redisStore({ url: redis.url }) })

test("opens no connection before its first call", async () => {
  const connections = async () =>
    String(await redis.command("CLIENT", "LIST"))
      .trim()
      .split("\n").length
  const before = await connections()
  const store = open()
  expect(await connections()).toBe(before)
  await store.ping()
  expect(await connections()).toBe(before + 1)
})

describe("while Redis is frozen", () => {
  let outcomes: Map<string, unknown>
  beforeAll(async () => {
    const stores = await Promise.all(everyVerb.map(openWarm))
    redis.freeze()
    outcomes = await askEveryVerb(stores)
    redis.thaw()
  })

  test.each(everyVerb)("%s gives up within its second", (name) => {
    expect(outcomes.get(name)).toBe("unavailable")
  })

  async function openWarm(): Promise<Store> {
    const store = open()
    await store.ping()
    await store.subscribe("warm", () => undefined)
    return store
  }
})

describe("when no server listens", () => {
  let outcomes: Map<string, unknown>
  beforeAll(async () => {
    outcomes = await askEveryVerb(everyVerb.map(() => open("redis://127.0.0.1:1")))
  })

  test.each(everyVerb)("%s gives up within its second", (name) => {
    expect(outcomes.get(name)).toBe("unavailable")
  })
})

test("answers again once Redis thaws", async () => {
  const store = open()
  await store.set("key", "value", 60_000)
  redis.freeze()
  await expect(store.get("key")).rejects.toThrow(StoreUnavailable)
  redis.thaw()
  await expect.poll(() => store.get("key")).toBe("value")
})

test("F15 reconnects and resubscribes after Redis was away", async () => {
  const problems: unknown[] = []
  const store = redisStore({ url: redis.url, onProblem: (error) => problems.push(error) })
  opened.push(store)
  const listener = inbox()
  let resubscribed = 0
  await store.subscribe("news", listener.deliver, () => {
    resubscribed += 1
  })
  await store.ping()
  await redis.stop()
  await expect.poll(() => store.ping()).toBe(false)
  expect(problems).toHaveLength(2) // a connection for commands, one for messages
  await redis.start()
  await expect.poll(() => store.publish("news", "back").catch(() => 0)).toBe(1)
  expect(await listener.take(1)).toEqual(["back"])
  expect(problems).toHaveLength(2)
  expect(resubscribed).toBe(1)
})

test("F9 resubscribes when its connection is killed, twenty times over", async () => {
  const store = open()
  const listener = inbox()
  await store.subscribe("news", listener.deliver)
  for (let round = 0; round < 20; round++) {
    await redis.command("CLIENT", "KILL", "TYPE", "pubsub")
    await expect.poll(() => store.publish("news", String(round)), { interval: 10 }).toBe(1)
    expect(await listener.take(1)).toEqual([String(round)])
  }
})

test("a subscription that completes too late leaves nothing behind", async () => {
  const store = open()
  await store.subscribe("warm", () => undefined)
  redis.freeze()
  await expect(store.subscribe("late", () => undefined)).rejects.toThrow(StoreUnavailable)
  redis.thaw()
  await expect.poll(() => redis.command("PUBSUB", "CHANNELS", "late")).toEqual([])
})

test("a restart breaks our own connections, which are reopened, and changes nothing in Redis", async () => {
  const store = open()
  const other = open()
  const heard = inbox()
  const resubscribed = Promise.withResolvers<void>()
  await store.subscribe("channel", heard.deliver, resubscribed.resolve)
  await store.set("kept", "value", 60_000)
  const idsOf = async (): Promise<string[]> => String(await redis.command("CLIENT", "LIST")).match(/^id=\d+/gm) ?? []
  const before = await idsOf()
  store.restart?.()
  await resubscribed.promise
  await expect.poll(() => store.get("kept").catch(() => undefined)).toBe("value")
  await other.publish("channel", "heard again")
  expect(await heard.take(1)).toEqual(["heard again"])
  expect((await idsOf()).filter((id) => before.includes(id)).length).toBeLessThan(before.length)
})
