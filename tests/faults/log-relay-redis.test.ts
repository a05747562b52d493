/** Faults of a real Redis that the log relay survives. */
import { randomUUID } from "node:crypto"
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { redisStore } from "#lib/relay/stores/redis.ts"
import { atOnce } from "#tests/support/at-once.ts"
import { startRedis, type TestRedis } from "#tests/support/relays/redis.ts"
import { follow, followPersistently } from "#tests/support/relays/relay-reader.ts"
import { running, words } from "#tests/support/relays/running-log.ts"
import { scriptedSource } from "#tests/support/relays/scripted-source.ts"

describe("on a real Redis", () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterEach(async () => {
    redis.thaw()
    await redis.start()
  })
  afterAll(() => redis.stop())

  async function overRedis() {
    const stores = [redisStore(redis), redisStore(redis)] as const
    onTestFinished(async () => {
      for (const store of stores) await store.close()
    })
    return running(stores[0], stores[0], stores[1])
  }

  test("F13 away at the start: the first reader's stream does not wait for Redis", async () => {
    await redis.stop()
    const { here, source, first } = await atOnce(overRedis())
    source.say("one")
    await atOnce(first.until("one"))
    source.finish()
    source.close()
    expect(await first.toTheEnd()).toEqual({ text: "one", isWhole: true })
    const isNextShared = async () => {
      const next = scriptedSource()
      const { isShared } = await here.resumableStream(randomUUID(), next.makeStream)
      next.close()
      return isShared
    }
    await expect.poll(isNextShared).toBe(false)
  })

  test("F4 restarted empty mid-stream: the first reader does not wait, and a follower misses nothing", async () => {
    const { there, streamId, source, first } = await overRedis()
    source.say("one ")
    const follower = await follow(there, streamId)
    await redis.stop()
    source.say("two ")
    await atOnce(first.until("two "))
    await redis.start()
    source.say("three ")
    await follower.until("three ")
    source.finish()
    source.close()
    for (const reader of [first, follower])
      expect(await reader.toTheEnd()).toEqual({ text: "one two three ", isWhole: true })
  })

  test.each([
    ["gone", () => redis.stop(), () => redis.start()],
    ["frozen", () => redis.freeze(), () => redis.thaw()],
  ])("F14 %s: a new follower gets no stale events, and an old one continues later", async (_how, away, back) => {
    const { there, streamId, source } = await overRedis()
    source.say("one ")
    const before = await follow(there, streamId)
    await away()
    source.say("two ")
    const found = await Promise.all([there.resumeExistingStream(streamId), there.resumeExistingStream(streamId, "1-3")])
    expect(found).toEqual([undefined, undefined])
    await back()
    const after = await follow(there, streamId)
    await after.until("two ")
    source.say("three")
    source.finish()
    source.close()
    for (const reader of [before, after])
      expect(await reader.toTheEnd()).toEqual({ text: "one two three", isWhole: true })
  })

  test("F12 frozen mid-stream: the first reader does not wait, and a follower misses nothing", async () => {
    const { there, streamId, source, first } = await overRedis()
    source.say("one ")
    const follower = await follow(there, streamId)
    redis.freeze()
    source.say("two ")
    await atOnce(first.until("two "))
    redis.thaw()
    source.say("three ")
    source.finish()
    source.close()
    for (const reader of [first, follower])
      expect(await reader.toTheEnd()).toEqual({ text: "one two three ", isWhole: true })
  })

  test("F9 connections killed twenty times during an answer: no follower misses a word", async () => {
    const { there, streamId, source, first } = await overRedis()
    source.say("w0 ")
    const follower = await follow(there, streamId)
    const persistent = followPersistently(there, streamId)
    for (const word of words(1, 400)) {
      source.say(word)
      await first.until(word)
      if (Number(word.slice(1)) % 20 === 0) await redis.command("CLIENT", "KILL", "TYPE", "pubsub")
    }
    source.finish()
    source.close()
    const text = words(0, 400).join("")
    for (const reader of [first, follower]) expect(await reader.toTheEnd()).toEqual({ text, isWhole: true })
    expect(await persistent.whole).toBe(text)
  })

  test("F8 a full Redis makes followers slower, but costs them no words", async () => {
    const { there, streamId, source, first } = await overRedis()
    source.say("one ")
    const follower = await follow(there, streamId)
    await redis.command("CONFIG", "SET", "maxmemory", "1")
    source.say("two ")
    await first.until("two ")
    await redis.command("CONFIG", "SET", "maxmemory", "0")
    source.say("three ")
    source.finish()
    source.close()
    for (const reader of [first, follower])
      expect(await reader.toTheEnd()).toEqual({ text: "one two three ", isWhole: true })
  })
})
