/** What happens when people and their tabs are quick: twice the same, two at once, a reload at the worst moment. */
import { randomUUID } from "node:crypto"
import { setTimeout as wait } from "node:timers/promises"
import { afterAll, afterEach, beforeAll, expect, test } from "vitest"
import { Refusal } from "#tests/support/clients/tab.ts"
import { seededNumbers } from "#tests/support/seeded-numbers.ts"
import { type Fleet, startFleet, wordsUpTo } from "#tests/support/servers/fleet.ts"

let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet({ paceMs: 1 })
})
afterEach(() => fleet.quiet())
afterAll(() => fleet.stop())

test("F34 a message posted twice at once, at two servers, gets one answer", async () => {
  for (let round = 0; round < 20; round++) {
    const chat = await fleet.chat()
    const messageId = randomUUID()
    const [one, other] = await Promise.all([
      chat.ask(fleet.server(0), "say 20 words", messageId),
      chat.ask(fleet.server(1), "say 20 words", messageId),
    ])
    expect(one.streamId).toBe(other.streamId)
    await chat.check()
    expect(one.text).toBe(wordsUpTo(20))
  }
})

test("F35 two stops at once at two servers, and one after the end, succeed and end the answer once", async () => {
  const chat = await fleet.chat()
  fleet.model.hold()
  const first = await chat.ask(fleet.server(0), "say 40 words")
  const second = await chat.followLive(fleet.server(1))
  fleet.model.release(10)
  await Promise.all([first.until("word10"), second.until("word10")])
  const stops = await Promise.all([0, 1].map((index) => chat.stop(fleet.server(index), first.streamId)))
  expect(stops.map((response) => response.status)).toEqual([200, 200])
  expect(await Promise.all(stops.map((response) => response.json()))).toContainEqual({ stopped: true })
  const late = await chat.stop(fleet.server(1), first.streamId)
  expect([late.status, await late.json()]).toEqual([200, { stopped: false }])
  await chat.check()
  expect(first.text).toBe(wordsUpTo(10))
})

test("F35 a stop that names an older answer leaves the newer one alone", async () => {
  const chat = await fleet.chat()
  const older = await chat.ask(fleet.server(0), "say 3 words")
  await older.ended
  fleet.model.hold()
  const newer = await chat.ask(fleet.server(0), "say 40 words")
  const refused = await chat.stop(fleet.server(1), older.streamId)
  expect(refused.status).toBe(409)
  fleet.model.release()
  await chat.check()
  expect(newer.text).toBe(wordsUpTo(40))
})

test("F36 a stop that races the end: one of them wins, and the text is kept", async () => {
  const random = seededNumbers()
  const statuses = new Set<boolean>()
  let tookMs = 0
  for (let round = 0; round < 60; round++) {
    const chat = await fleet.chat()
    const tab = await chat.ask(fleet.server(round % 2), "say 5 words")
    const begunAtMs = performance.now()
    if (round < 4) await tab.ended.then(() => (tookMs = performance.now() - begunAtMs))
    else await wait(random.below(Math.ceil(1.5 * tookMs)))
    const stop = await chat.stop(fleet.server(0), tab.streamId)
    expect(stop.status).toBe(200)
    statuses.add(((await stop.json()) as { stopped: boolean }).stopped)
    await chat.check()
  }
  expect(statuses).toEqual(new Set([true, false]))
})

test("F37 two tabs that ask at once: one wins, the other gets 409 and follows the winner; 200 rounds", async () => {
  let chat = await fleet.chat()
  for (let round = 1; round <= 200; round++) {
    const outcomes = await Promise.allSettled([0, 1].map((index) => chat.ask(fleet.server(index), "say 2 words")))
    const [winner, ...others] = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []))
    // The answer is short: where the second tab comes when it has ended already, it rightly gets its own.
    for (const refused of outcomes.filter((outcome) => outcome.status === "rejected"))
      expect(refusalOf(refused.reason)).toEqual({ status: 409, code: "generation_running", streamId: winner?.streamId })
    if (others.length === 0 && round % 10 === 0) await chat.follow(fleet.server(1))
    if (round % 20 > 0) await Promise.all([winner, ...others].map((tab) => tab?.ended))
    else {
      await chat.check()
      chat = await fleet.chat()
    }
  }
})

test("F38 a reload in the first moments, 0 to 50 ms after the question is sent, follows live", async () => {
  for (let delayMs = 0; delayMs <= 50; delayMs++) {
    const chat = await fleet.chat()
    fleet.model.hold()
    let isAnswered = false
    const asking = chat.ask(fleet.server(0), "say 3 words").then((tab) => {
      isAnswered = true
      return tab
    })
    await wait(delayMs)
    const wasAnswered = isAnswered
    const reloaded = await chat.follow(fleet.server(1))
    const first = await asking
    // A reload may find nothing only if it was quicker than the question; a page asks again once it knows of it.
    if (reloaded.streamId === undefined) expect(wasAnswered).toBe(false)
    const follows = reloaded.streamId === undefined ? await chat.follow(fleet.server(1)) : reloaded
    expect(follows.streamId).toBe(first.streamId)
    fleet.model.release()
    await chat.check()
  }
})

test("F39 a reload exactly at the end shows the whole answer once", async () => {
  const random = seededNumbers()
  const reloadAtTheEnd = async (delayMs: number) => {
    const chat = await fleet.chat()
    const first = await chat.ask(fleet.server(0), "say 5 words")
    await wait(delayMs)
    await Promise.all([chat.follow(fleet.server(0)), chat.follow(fleet.server(1))])
    await chat.check()
    expect(first.text).toBe(wordsUpTo(5))
  }
  for (let round = 0; round < 20; round++)
    await Promise.all(Array.from({ length: 3 }, () => reloadAtTheEnd(random.below(25))))
})

test("F40 a tab reloaded again and again during an answer sees it whole, and causes one answer", async () => {
  const random = seededNumbers()
  const chat = await fleet.chat()
  const first = await chat.ask(fleet.server(0), "say 400 words")
  let isOver = false
  void first.ended.then(() => {
    isOver = true
  })
  while (!isOver) {
    const tab = await chat.follow(fleet.server(random.below(2)))
    await wait(random.below(40))
    await tab.leave()
  }
  const last = await chat.follow(fleet.server(1))
  await chat.check()
  expect(last.text).toBe(wordsUpTo(400))
})

function refusalOf(reason: unknown) {
  if (!(reason instanceof Refusal)) throw reason
  const { error } = JSON.parse(reason.body) as { error: { code: string; streamId: string } }
  return { status: reason.status, code: error.code, streamId: error.streamId }
}
