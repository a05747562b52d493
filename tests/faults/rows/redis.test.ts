/** Redis loses connections, data or itself. The first tab must never notice, and no reader may see a gap. */
import { setTimeout as wait } from "node:timers/promises"
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from "vitest"
import { storeDeadlineMs } from "#lib/relay/stores/deadline.ts"
import { expectUndisturbed, followedAnswer } from "#tests/support/clients/followed-answer.ts"
import type { Address, TestChat } from "#tests/support/clients/test-chat.ts"
import { startFaultProxy } from "#tests/support/servers/fault-proxy.ts"
import { type Fleet, startFleet, wordsUpTo } from "#tests/support/servers/fleet.ts"
import { within } from "#tests/support/within.ts"
import { promisedBy, relay } from "./row.ts"

/** A request may wait for Redis once, for a second, besides what it takes itself. */
const soonMs = 3_000

let fleet: Fleet
let here: Address
let there: Address

beforeAll(async () => {
  // Every word is an event of its own, because each further message can get lost.
  fleet = await startFleet({ paceMs: 1, environment: { MERGE_EVERY_MS: "0" } })
  here = fleet.server(0)
  there = fleet.server(1)
})
afterEach(async () => {
  await fleet.redis.start()
  await fleet.quiet()
  // What is asked while a server still holds Redis for lost is answered by growth, for as long as the answer takes.
  for (const server of [here, there]) await expect.poll(() => healthOf(server)).toMatchObject({ redis: "ok" })
})
afterAll(() => fleet.stop())

test.each([0, 300, 2_000, 5_000])(
  "F4 Redis away for %i ms, back and empty: no reader misses a word",
  async (awayMs) => {
    const { chat, first, second } = await followedAnswer(fleet, "say 300 words")
    await fleet.redis.stop()
    fleet.model.release(100)
    await first.until("word150")
    const whileAway = await chat.follow(there)
    await wait(awayMs)
    await fleet.redis.start()
    fleet.model.release()
    await chat.check()
    expectUndisturbed(first)
    for (const tab of [second, whileAway]) expect(tab.text).toBe(wordsUpTo(300))
  },
)

test("F14 Redis gone mid-answer: a new reader elsewhere is shown how the stored answer grows", async () => {
  const { chat, first, second } = await followedAnswer(fleet, "say 300 words")
  await fleet.redis.stop()
  fleet.model.release(100)
  await first.until("word150")
  const whileAway = await chat.follow(there)
  await whileAway.until("word100")
  fleet.model.release()
  await chat.check()
  expectUndisturbed(first)
  for (const tab of [second, whileAway]) expect(tab.text).toBe(wordsUpTo(300))
})

promisedBy("log")("F14 who came while Redis was gone is shown each word again once it is back", async () => {
  const { chat, first } = await followedAnswer(fleet, "say 300 words")
  await fleet.redis.stop()
  fleet.model.release(100)
  await first.until("word150")
  const whileAway = await chat.follow(there)
  expect(whileAway.headers.get("x-resume")).toBe("stored")
  await fleet.redis.start()
  // Less than one save ahead of the stored text, so no stored text has it.
  await whileAway.until("word150")
  fleet.model.release(3)
  await whileAway.until("word153")
  fleet.model.release()
  await chat.check()
  expect(whileAway).toMatchObject({ text: wordsUpTo(300), reattached: 0, resets: 0 })
})

test("F7 everything in Redis about a running answer is deleted: later readers have every word", async () => {
  const { chat, first } = await followedAnswer(fleet, "say 300 words")
  await fleet.redis.command("FLUSHALL")
  fleet.model.release(100)
  await first.until("word150")
  const later = await chat.follow(there)
  fleet.model.release()
  await chat.check()
  expectUndisturbed(first)
  expect(later.text).toBe(wordsUpTo(300))
})

test("F9 the pub/sub connections are killed twenty times: no event is lost", async () => {
  const { chat, first, second } = await followedAnswer(fleet, "say 1500 words")
  fleet.model.release()
  for (let round = 0; round < 20; round++) {
    await wait(40)
    await fleet.redis.command("CLIENT", "KILL", "TYPE", "pubsub")
  }
  await chat.check()
  expectUndisturbed(first)
  expect(second.text).toBe(wordsUpTo(1500))
  if (relay === "log") expectUndisturbed(second)
})

test("F12 Redis frozen: its readers continue, new questions and readers wait about a second, and nothing is lost", async () => {
  const { chat, first, second } = await followedAnswer(fleet, "say 300 words")
  fleet.redis.freeze()
  fleet.model.release()
  await first.ended
  const frozen = await fleet.chat()
  const asked = await within(soonMs, () => frozen.ask(here, "say 20 words"))
  const follows = await within(soonMs, () => frozen.follow(there))
  await asked.ended
  fleet.redis.thaw()
  await Promise.all([chat.check(), frozen.check()])
  expectUndisturbed(first)
  expect([second.text, follows.text]).toEqual([wordsUpTo(300), wordsUpTo(20)])
})

test("F12 Redis stays frozen: once that is known no request waits for it; after the thaw it is used again", async () => {
  const { chat, second } = await followedAnswer(fleet, "say 300 words")
  const frozen = await fleet.chat()
  const stuck = await frozen.ask(here, "say 20 words")
  fleet.redis.freeze()
  const followsAtOnce = async () => {
    const startedAtMs = performance.now()
    const tab = await frozen.follow(there)
    const isAtOnce = performance.now() - startedAtMs < storeDeadlineMs
    expect(tab.headers.get("x-resume")).toBe("stored")
    return isAtOnce
  }
  let inARow = 0
  const timesAtOnce = async () => {
    inARow = (await followsAtOnce()) ? inARow + 1 : 0
    return inARow
  }
  await expect.poll(timesAtOnce).toBeGreaterThanOrEqual(2)
  expect(await healthOf(there)).toMatchObject({ status: "ok", redis: "unavailable" })

  fleet.redis.thaw()
  await expect.poll(() => healthOf(there)).toMatchObject({ redis: "ok" })
  const sharedAgain = async () => (await chat.follow(there)).headers.get("x-resume")
  await expect.poll(sharedAgain).toBe("from-start")
  fleet.model.release()
  await Promise.all([stuck.ended, chat.check(), frozen.check()])
  expect(second.text).toBe(wordsUpTo(300))
})

test("F11 Redis answers 2 s late: the first word is on time, and a tab elsewhere has every word in the end", async () => {
  const proxy = await startFaultProxy(fleet.redis)
  onTestFinished(() => proxy.close())
  const late = { REDIS_URL: proxy.through(fleet.redis.url) }
  const [slow, other] = await Promise.all([fleet.start(late), fleet.start(late)])
  await warm(slow, other)
  proxy.set({ latencyMs: 1_000 })
  for (const round of [1, 2]) {
    const chat = await fleet.chat()
    fleet.model.hold()
    const asking = chat.ask(slow, `say ${300 + round} words`)
    const first = await within(soonMs, async () => {
      fleet.model.release(1)
      const tab = await asking
      await tab.until("word1")
      return tab
    })
    fleet.model.release(100)
    await first.until("word100")
    const second = await within(soonMs, () => chat.follow(other))
    await second.until("word60")
    fleet.model.release()
    await chat.check()
    expectUndisturbed(first)
    for (const tab of [first, second]) expect(tab.text).toBe(wordsUpTo(300 + round))
  }
})

test("F13 F14 no Redis at all: answers stream and report that they cannot be followed, a reload shows the stored text growing", async () => {
  const nowhere = { REDIS_URL: "redis://127.0.0.1:1" }
  const [alone, other] = await Promise.all([fleet.start(nowhere), fleet.start(nowhere)])
  // The first answer's attempt establishes that there is no Redis.
  const probe = await warm(alone, other)

  const chat = await fleet.chat()
  fleet.model.hold()
  const first = await within(soonMs, () => chat.ask(alone, "say 300 words"))
  expect(first.headers.get("x-resume")).toBe("off")
  fleet.model.release(100)
  await first.until("word100")
  const second = await within(soonMs, () => chat.follow(other))
  expect(second.headers.get("x-resume")).toBe("stored")
  await second.until("word60")
  fleet.model.release()
  await Promise.all([chat.check(), probe.check()])
  expect([first.text, second.text]).toEqual([wordsUpTo(300), wordsUpTo(300)])
})

test("F15 Redis restarts during a quiet time: the servers stay up, report it, and recover", async () => {
  await fleet.redis.stop()
  for (const server of [here, there])
    await expect.poll(() => healthOf(server)).toEqual({ status: "ok", database: "ok", redis: "unavailable" })
  await fleet.redis.start()
  for (const server of [here, there])
    await expect.poll(() => healthOf(server)).toEqual({ status: "ok", database: "ok", redis: "ok" })
  const { chat, second } = await followedAnswer(fleet, "say 100 words")
  fleet.model.release()
  await chat.check()
  expect(second.headers.get("x-resume")).toBe("from-start")
})

/** What a server does for the first time takes longer: not here, where times are taken. @returns the chat it was done with */
async function warm(first: Address, second: Address): Promise<TestChat> {
  const chat = await fleet.chat()
  await (await chat.ask(first, "say 1 words")).ended
  await (await chat.follow(second)).ended
  return chat
}

async function healthOf({ url }: Address): Promise<unknown> {
  return (await fetch(`${url}/api/health`)).json()
}
