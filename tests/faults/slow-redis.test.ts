/** F11 A Redis that answers late: no reader waits for it, and few requests go to it meanwhile. */
import { randomUUID } from "node:crypto"
import { setTimeout as wait } from "node:timers/promises"
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest"
import { logRelay } from "#lib/relay/log-relay.ts"
import { redisStore } from "#lib/relay/stores/redis.ts"
import { atOnce } from "#tests/support/at-once.ts"
import { startRedis, type TestRedis } from "#tests/support/relays/redis.ts"
import { follow, type RelayReader, readRelay } from "#tests/support/relays/relay-reader.ts"
import { type ScriptedSource, scriptedSource } from "#tests/support/relays/scripted-source.ts"
import { type FaultProxy, startFaultProxy } from "#tests/support/servers/fault-proxy.ts"

let redis: TestRedis
let proxy: FaultProxy

beforeAll(async () => {
  redis = await startRedis()
})
beforeEach(async () => {
  proxy = await startFaultProxy(redis)
  await redis.command("CONFIG", "RESETSTAT")
})
afterAll(() => redis.stop())

const wordCount = 1_500

test.each([
  ["from the start, and beyond every deadline", 2_000, "start"],
  ["from the middle on, and beyond every deadline", 2_000, "middle"],
  ["from the start, though never too late", 500, "start"],
  ["from the middle on, though never too late", 500, "middle"],
] as const)("F11 late %s: %i ms, and the first reader does not wait", async (_, roundTripMs, since) => {
  const late = { latencyMs: roundTripMs / 2 }
  if (since === "start") proxy.set(late)
  const { streamId, source, first } = await running()
  await says(source, first, "begin ")
  if (since === "middle") {
    await (await followed(streamId)).leave()
    proxy.set(late)
  }

  const before = await commandsUsed()
  const startedAtMs = performance.now()
  for (let count = 1; count <= wordCount; count++) {
    await says(source, first, `w${count} `)
    await wait(1)
  }
  const rounds = (performance.now() - startedAtMs) / roundTripMs + 1
  // Anything in a queue of the client would have arrived by now.
  await wait(roundTripMs)
  // One batch at a time, a ping beside it, and the requests at a stream's start.
  expect((await commandsUsed()) - before).toBeLessThan(4 * rounds + 20)

  proxy.set({ latencyMs: 0 })
  const follower = await followed(streamId)
  await follower.until(`w${wordCount} `)
  source.say("end")
  source.finish()
  source.close()
  const text = ["begin ", ...Array.from({ length: wordCount }, (_, index) => `w${index + 1} `), "end"].join("")
  for (const reader of [first, follower]) expect(await reader.toTheEnd()).toEqual({ text, isWhole: true })
})

/** A stream in a process whose Redis is behind the proxy. */
async function running(): Promise<{ streamId: string; source: ScriptedSource; first: RelayReader }> {
  const store = redisStore({ url: proxy.through(redis.url) })
  const here = logRelay({ store, flushEveryMs: 5 })
  onTestFinished(async () => {
    await here.close()
    await store.close()
    await proxy.close()
  })
  const [streamId, source] = [randomUUID(), scriptedSource()]
  const opened = await atOnce(here.resumableStream(streamId, source.makeStream))
  return { streamId, source, first: readRelay(opened.items) }
}

/** Follows in a process whose Redis is healthy, as soon as there is something to follow. */
async function followed(streamId: string): Promise<RelayReader> {
  const store = redisStore(redis)
  const there = logRelay({ store })
  onTestFinished(async () => {
    await there.close()
    await store.close()
  })
  return follow(there, streamId)
}

async function says(source: ScriptedSource, reader: RelayReader, word: string): Promise<void> {
  source.say(word)
  await atOnce(reader.until(word))
}

async function commandsUsed(): Promise<number> {
  const stats = String(await redis.command("INFO", "commandstats"))
  return [...stats.matchAll(/calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0)
}
