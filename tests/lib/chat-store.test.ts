import { afterAll, beforeAll, expect, test } from "vitest"
import { chatStore } from "#lib/chat-store.ts"
import { memoryStore } from "#lib/relay/stores/memory.ts"
import { redisStore } from "#lib/relay/stores/redis.ts"
import { type Store, StoreUnavailable } from "#lib/relay/stores/store.ts"
import { upstashStore } from "#lib/relay/stores/upstash.ts"
import { startRedis, type TestRedis } from "#tests/support/relays/redis.ts"
import { startUpstash, type TestUpstash } from "#tests/support/relays/upstash-server.ts"

let redis: TestRedis
let upstash: TestUpstash
let stores: Record<Store["name"], Store>

beforeAll(async () => {
  redis = await startRedis()
  upstash = await startUpstash(redis.url)
  stores = { memory: memoryStore(), redis: redisStore(redis), upstash: upstashStore(upstash) }
})
afterAll(async () => {
  await Promise.all(Object.values(stores).map((store) => store.close()))
  await upstash.stop()
  await redis.stop()
})

test.each(["memory", "redis", "upstash"] as const)(
  "keeps a chat's last five streams in %s, newest first",
  async (name) => {
    const streams = chatStore(stores[name])
    expect(await streams.loadStreams(name)).toEqual([])
    for (const streamId of ["1", "2", "3", "4", "5", "6", "7"]) await streams.appendStreamId(name, streamId)
    await streams.appendStreamId("another chat", "8")
    expect(await streams.loadStreams(name)).toEqual(["7", "6", "5", "4", "3"])
  },
)

test("keeps them under chat:<chatId>:streams, where other programs find them", async () => {
  await chatStore(stores.redis).appendStreamId("42", "the stream")
  expect(await redis.command("LRANGE", "chat:42:streams", "0", "-1")).toEqual(["the stream"])
  expect(await chatStore(stores.upstash).loadStreams("42")).toEqual(["the stream"])
})

test("reports that the store is unreachable", async () => {
  const streams = chatStore(redisStore({ url: "redis://127.0.0.1:1" }))
  await expect(streams.appendStreamId("42", "the stream")).rejects.toThrow(StoreUnavailable)
  await expect(streams.loadStreams("42")).rejects.toThrow(StoreUnavailable)
})
