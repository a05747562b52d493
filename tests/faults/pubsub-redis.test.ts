/** What the pub/sub relay withstands of a Redis that is frozen, gone or cut off. */
import { randomUUID } from "node:crypto"
import { setTimeout as wait } from "node:timers/promises"
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from "vitest"
import { pubsubRelay } from "#lib/relay/pubsub-relay.ts"
import type { Relay } from "#lib/relay/relay.ts"
import { redisStore } from "#lib/relay/stores/redis.ts"
import type { Store } from "#lib/relay/stores/store.ts"
import { upstashStore } from "#lib/relay/stores/upstash.ts"
import { atOnce } from "#tests/support/at-once.ts"
import { startRedis, type TestRedis } from "#tests/support/relays/redis.ts"
import { follow, followPersistently, type PersistentReader, readRelay } from "#tests/support/relays/relay-reader.ts"
import { type ScriptedSource, scriptedSource } from "#tests/support/relays/scripted-source.ts"
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

test("F13 Redis away at the start: the first reader has its stream within a second, and following is refused", async () => {
  const store = redisStore({ url: "redis://127.0.0.1:1" })
  const relay = relayOver(store)
  const source = scriptedSource()
  const opened = await within(1_000, () =>
    relay.resumableStream("a stream", source.makeStream, { onStop: () => undefined }),
  )
  expect(opened).toMatchObject({ role: "producer", isShared: false })
  source.say("one")
  source.finish()
  source.close()
  expect(await readRelay(opened.items).toTheEnd()).toEqual({ text: "one", isWhole: true })
  expect(await relay.resumeExistingStream("a stream")).toBeUndefined()
  expect(await relay.status("a stream")).toBe("unknown")
  await relay.stop("a stream")
})

test("F12 Redis frozen at the start: the first reader has its stream within a second, and a thaw creates no second one", async () => {
  const store = redisStore(redis)
  const relay = relayOver(store)
  const streamId = randomUUID()
  const source = scriptedSource()
  await store.ping()
  redis.freeze()
  const opened = await within(1_000, () =>
    relay.resumableStream(streamId, source.makeStream, { onStop: () => undefined }),
  )
  expect(opened).toMatchObject({ role: "producer", isShared: false })
  source.say("one ")
  const first = readRelay(opened.items)
  await first.until("one ")
  redis.thaw()
  source.say("two")
  source.finish()
  source.close()
  expect(await first.toTheEnd()).toEqual({ text: "one two", isWhole: true })
  await expect.poll(() => redis.command("PUBSUB", "CHANNELS", `*${streamId}`)).toEqual([])
  expect(source.timesMade).toBe(1)
})

test("F12 Redis frozen mid-stream: the first reader does not wait, and a follower has every word after the thaw", async () => {
  const { here, there, streamId, source } = processes(() => redisStore(redis))
  const first = readRelay((await here.resumableStream(streamId, source.makeStream)).items)
  source.say("one ")
  const follower = await follow(there, streamId)
  await follower.until("one ")
  redis.freeze()
  for (let word = 0; word < 100; word++) source.say(`${word} `)
  await atOnce(first.until("99 "))
  expect(await within(2_500, () => there.resumeExistingStream(streamId))).toBeUndefined()
  redis.thaw()
  source.finish()
  source.close()
  const whole = await first.toTheEnd()
  expect(whole.isWhole).toBe(true)
  expect(await follower.toTheEnd()).toEqual(whole)
})

test("Redis gone mid-stream and back: the first reader notices nothing, and a follower is not given a gap", async () => {
  const { here, there, streamId, source, problems } = processes(() => redisStore(redis))
  const first = readRelay((await here.resumableStream(streamId, source.makeStream)).items)
  source.say("one ")
  const follower = await follow(there, streamId)
  await follower.until("one ")
  await redis.stop()
  source.say("two ")
  await first.until("two ")
  await expect.poll(() => problems.length).toBeGreaterThan(0)
  await redis.start()
  // Both processes are subscribed again: the producer's request channel and the follower's own.
  await expect.poll(async () => [await redis.command("PUBSUB", "CHANNELS", "rejoin:*")].flat().length).toBe(2)
  await expect
    .poll(() => {
      source.say("three ")
      return Promise.race([follower.toTheEnd(), undefined])
    })
    .toEqual({ text: "one ", isWhole: false })
  source.finish()
  source.close()
  expect((await first.toTheEnd()).isWhole).toBe(true)
})

test("F9 connections killed twenty times: a follower that returns with its position has every word", async () => {
  const { here, there, streamId, source } = processes(() => redisStore(redis))
  const first = readRelay((await here.resumableStream(streamId, source.makeStream)).items)
  const tab = followPersistently(there, streamId)
  for (let round = 0; round < 20; round++) {
    await speakFor(40, source)
    await redis.command("CLIENT", "KILL", "TYPE", "pubsub")
  }
  await finishOnceHeard(tab, source)
  expect(await tab.whole).toBe((await first.toTheEnd()).text)
})

test("subscriptions over Upstash that end without a sign cost a returning follower no word", async () => {
  const { here, there, streamId, source } = processes(() => upstashStore(upstash))
  const first = readRelay((await here.resumableStream(streamId, source.makeStream)).items)
  const tab = followPersistently(there, streamId)
  for (let round = 0; round < 5; round++) {
    await speakFor(100, source)
    upstash.dropSubscriptions()
  }
  await finishOnceHeard(tab, source)
  expect(await tab.whole).toBe((await first.toTheEnd()).text)
})

/** A source, two processes with a store each, and the failures of the first store. */
function processes(openStore: () => Store) {
  const problems: unknown[] = []
  const here = relayOver(openStore(), (error) => problems.push(error))
  return { here, there: relayOver(openStore()), streamId: randomUUID(), source: scriptedSource(), problems }
}

function relayOver(store: Store, onProblem?: (error: unknown) => void): Relay {
  const relay = pubsubRelay({ store, onProblem })
  onTestFinished(async () => {
    await relay.close()
    await store.close()
  })
  return relay
}

async function speakFor(durationMs: number, source: ScriptedSource): Promise<void> {
  for (const startedAtMs = performance.now(); performance.now() - startedAtMs < durationMs; ) {
    source.say(`${Math.random()} `)
    await wait(1)
  }
}

/** The end itself must not be lost: a lost end is found in the stored message. */
async function finishOnceHeard(tab: PersistentReader, source: ScriptedSource): Promise<void> {
  let last = ""
  await expect
    .poll(() => {
      const isHeard = last !== "" && tab.text().includes(last)
      last = `word ${Math.random()} `
      source.say(last)
      return isHeard
    })
    .toBe(true)
  source.finish()
  source.close()
}
