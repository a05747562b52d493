/** F12 F13 A store that is known to be away costs nothing, and is used again soon after it is back. */
import { randomUUID } from "node:crypto"
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { logRelay } from "#lib/relay/log-relay.ts"
import { pubsubRelay } from "#lib/relay/pubsub-relay.ts"
import type { Relay } from "#lib/relay/relay.ts"
import { redisStore } from "#lib/relay/stores/redis.ts"
import { LinkDown, type Store, type StoreListeners } from "#lib/relay/stores/store.ts"
import { upstashStore } from "#lib/relay/stores/upstash.ts"
import { atOnce } from "#tests/support/at-once.ts"
import { everyVerb, settled } from "#tests/support/relays/every-verb.ts"
import { startRedis, type TestRedis } from "#tests/support/relays/redis.ts"
import { follow, readRelay } from "#tests/support/relays/relay-reader.ts"
import { scriptedSource } from "#tests/support/relays/scripted-source.ts"
import { startUpstash, type TestUpstash } from "#tests/support/relays/upstash-server.ts"
import { within } from "#tests/support/within.ts"

let redis: TestRedis
let upstash: TestUpstash

beforeAll(async () => {
  redis = await startRedis()
  upstash = await startUpstash(redis.url)
})
afterEach(() => redis.thaw())
afterAll(async () => {
  await upstash.stop()
  await redis.stop()
})

const stores: Record<"redis" | "upstash", (listeners?: StoreListeners) => Store> = {
  redis: (listeners) => redisStore({ url: redis.url, ...listeners }),
  upstash: (listeners) => upstashStore({ url: upstash.url, token: upstash.token, ...listeners }),
}
const relays: Record<"log" | "pubsub", (store: Store) => Relay> = {
  log: (store) => logRelay({ store }),
  pubsub: (store) => pubsubRelay({ store }),
}

describe.each(Object.keys(stores) as (keyof typeof stores)[])("a frozen Redis behind the %s store", (storeName) => {
  function open(listeners?: StoreListeners): Store {
    const store = stores[storeName](listeners)
    onTestFinished(() => store.close())
    return store
  }

  test("is given up on at once by every verb but ping, which reports its true state", async () => {
    const told: string[] = []
    const store = open({
      onProblem: (error) => told.push(String(error).includes("until it is back") ? "away" : "lost"),
      onReturn: () => told.push("back"),
    })
    await store.ping()
    redis.freeze()
    await untilGivenUp(store)
    for (const [name, verb] of everyVerb.filter(([name]) => name !== "ping" && name !== "subscribe")) {
      const { error } = await atOnce(settled(verb(store)))
      expect(error, name).toBeInstanceOf(LinkDown)
    }
    expect(await store.ping()).toBe(false)
    redis.thaw()
    await expect.poll(() => store.ping()).toBe(true)
    await store.set("key", "value", 60_000)
    expect(await store.get("key")).toBe("value")
    expect(told).toEqual(["away", "back"])
  })

  test.each(Object.keys(relays) as (keyof typeof relays)[])(
    "delays no new stream and no new follower over the %s relay, and is used again within a second of its thaw",
    async (relayName) => {
      const [hereStore, thereStore] = [open(), open()]
      const [here, there] = [relays[relayName](hereStore), relays[relayName](thereStore)]
      onTestFinished(async () => {
        await Promise.all([here.close(), there.close()])
      })
      redis.freeze()
      await Promise.all([hereStore, thereStore].map(untilGivenUp))
      await Promise.all([hereStore, thereStore].map(untilNothingIsHeard))

      const [streamId, source] = [randomUUID(), scriptedSource()]
      await atOnce(here.resumableStream(streamId, source.makeStream))
      for (let round = 0; round < 5; round++) expect(await atOnce(there.resumeExistingStream(streamId))).toBeUndefined()
      expect([here.isReachable, there.isReachable]).toEqual([false, false])

      redis.thaw()
      const [next, nextSource] = [randomUUID(), scriptedSource()]
      const [first, follower] = await within(1_000, async () => {
        await expect.poll(() => here.isReachable && there.isReachable, { interval: 20 }).toBe(true)
        const reader = readRelay((await here.resumableStream(next, nextSource.makeStream)).items)
        nextSource.say("one")
        return [reader, await follow(there, next)]
      })
      nextSource.finish()
      for (const reader of [first, follower]) expect(await reader.toTheEnd()).toEqual({ text: "one", isWhole: true })
      for (const each of [source, nextSource]) each.close()
    },
  )
})

/** Calls until calls are refused without being tried. */
async function untilGivenUp(store: Store): Promise<void> {
  while (!((await settled(store.get("key"))).error instanceof LinkDown));
}

async function untilNothingIsHeard(store: Store): Promise<void> {
  while (!((await settled(store.subscribe("channel", () => undefined))).error instanceof LinkDown));
}
