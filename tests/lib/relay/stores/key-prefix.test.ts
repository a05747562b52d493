import { readFileSync } from "node:fs"
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest"
import { keyed } from "#lib/relay/stores/keyed.ts"
import { redisStore } from "#lib/relay/stores/redis.ts"
import type { Store } from "#lib/relay/stores/store.ts"
import { freshService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { everyVerb, settled } from "#tests/support/relays/every-verb.ts"
import { inbox } from "#tests/support/relays/inbox.ts"
import { startRedis, type TestRedis } from "#tests/support/relays/redis.ts"

let redis: TestRedis
/** the address for the user that docs/how/operator.md makes */
let ownUrl: string

beforeAll(async () => {
  redis = await startRedis()
  const [, rule = ""] =
    /^ACL SETUSER staging on >password (.+)$/m.exec(readFileSync("docs/how/operator.md", "utf8")) ?? []
  await redis.command("ACL", "SETUSER", "staging", "on", ">word", ...rule.split(" "))
  ownUrl = redis.url.replace("redis://", "redis://staging:word@")
})
beforeEach(() => redis.command("FLUSHALL"))
afterAll(() => redis.stop())

const keysInRedis = async () => (await redis.command("KEYS", "*")) as string[] // as Redis answers it

test("I5 with a prefix every verb of a store stays within it", async () => {
  const store = open(ownUrl, "staging:")
  for (const [name, verb] of everyVerb) expect([name, (await settled(verb(store))).error]).toEqual([name, undefined])
  const keys = await keysInRedis()
  expect(keys.length).toBeGreaterThan(2)
  for (const key of keys) expect(key).toMatch(/^staging:/)
})

test("I5 deployments with different prefixes on one Redis neither read nor hear one another", async () => {
  const [one, other] = [open(redis.url, "one:"), open(redis.url, "other:")]
  const [heardByOne, heardByOther] = [inbox(), inbox()]
  await one.subscribe("channel", heardByOne.deliver)
  await other.subscribe("channel", heardByOther.deliver)
  await one.set("key", "value", 60_000)
  await one.publish("channel", "hello")
  expect(await heardByOne.take(1)).toEqual(["hello"])
  expect(heardByOther.received).toEqual([])
  expect(await other.get("key")).toBeUndefined()
})

test.each(["log", "pubsub"])("I5 an answer over %s uses no key and no channel outside its prefix", async (relay) => {
  const environment = { REDIS_URL: ownUrl, REDIS_PREFIX: "staging", STREAM_RELAY: relay }
  const { guest, services } = await freshService({ model: scripted("one two"), environment })
  expect(await services.store.ping()).toBe(true)
  const client = await guest()
  const feed = await client.events()
  expect(await (await client.post("hello")).readAll()).toContain("one")
  const keys = await keysInRedis()
  expect(keys.length).toBeGreaterThan(1)
  for (const key of keys) expect(key).toMatch(/^staging:/)
  const channels = (await redis.command("PUBSUB", "CHANNELS")) as string[] // as Redis answers it
  expect(channels).toContain("staging:user-events")
  for (const channel of channels) expect(channel).toMatch(/^staging:/)
  await feed.leave()
})

function open(url: string, prefix: string): Store {
  const store = keyed(redisStore({ url, keyPrefix: prefix }), { prefix })
  onTestFinished(() => store.close())
  return store
}
