/** The feed across processes: over Redis, without it, and while it is away. */
import { expect, test, vi } from "vitest"
import { recoverAll } from "#lib/turns/recover.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { twoProcesses, useRedis } from "#tests/support/relays/two-processes.ts"
import { within } from "#tests/support/within.ts"

const redis = useRedis()

test.each(["redis", "none"])("tabs at another process hear of a turn, with news by %s", async (store) => {
  const url = store === "redis" ? redis().url : ""
  const first = scripted("one two", { held: true })
  const { guest, services, other } = await twoProcesses(redis(), first, scripted(""), { REDIS_URL: url })
  const client = await guest()
  const feed = await at(other, () => client.events(), services)
  await feed.next({ type: "state" })
  const answer = await client.post("hello")
  const streamId = answer.response.headers.get("x-stream-id")
  if (store === "none") await other.chat.events.poll()
  await feed.next({ type: "turn-started", streamId })
  first.release()
  await answer.readAll()
  if (store === "none") await other.chat.events.poll()
  await feed.next({ type: "turn-ended", streamId, status: "COMPLETE" })
  await other.chat.events.poll()
  await feed.leave()
  await feed.readAll()
  expect(feed.events.filter(({ streamId: told }) => told === streamId)).toHaveLength(2)
})

test("with the feature off, tabs at the same process hear at once and others within seconds", async () => {
  const first = scripted("one two")
  const { guest, services, other } = await twoProcesses(redis(), first, scripted(""), { RESUMABLE_STREAMS: "0" })
  const client = await guest()
  const here = await client.events()
  const there = await at(other, () => client.events(), services)
  await there.next({ type: "state" })
  // Begins and ends between two polls.
  await (await client.post("hello")).readAll()
  await here.next({ type: "turn-ended", status: "COMPLETE" })
  await other.chat.events.poll()
  await there.next({ type: "turn-started", chatId: client.chatId })
  await there.next({ type: "turn-ended", chatId: client.chatId, status: "COMPLETE" })
  const late = await at(other, () => client.events(), services)
  await other.chat.events.poll()
  await Promise.all([there.leave(), late.leave()])
  await Promise.all([there.readAll(), late.readAll()])
  expect(there.events).toHaveLength(3)
  expect(late.events).toEqual([])
  expect(await redis().command("PUBSUB", "NUMSUB", "user-events")).toEqual(["user-events", 0])
})

test.each([
  ["continue", "COMPLETE"],
  ["interrupt", "INTERRUPTED"],
])(
  "the process that takes over a dead producer's answer announces its end, with CRASH_RECOVERY=%s",
  async (mode, status) => {
    const first = scripted("one two", { held: true })
    const second = scripted("two")
    const pair = await twoProcesses(redis(), first, second, { CRASH_RECOVERY: mode })
    const client = await pair.guest()
    const feed = await client.events()
    const there = await at(pair.other, () => client.events(), pair.services)
    const answer = await client.post("hello")
    const streamId = answer.response.headers.get("x-stream-id")
    await first.releaseUntil("one")
    await answer.readUntil("one")
    for (const { chat } of [pair.services, pair.other])
      vi.spyOn(chat.repository.turns, "list").mockRejectedValue(new Error("not told by a look"))
    await pair.loseFirst()
    await recoverAll(pair.other.chat)
    for (const tab of [feed, there]) {
      await tab.next({ type: "turn-ended", streamId })
      const told = tab.events.filter((event) => event["streamId"] === streamId)
      expect(told.map(({ type, status }) => [type, status])).toEqual([
        ["turn-started", undefined],
        ["turn-ended", status],
      ])
    }
  },
)

test("F4 while Redis is away turns are found in the database, and when it returns the state is sent again", async () => {
  const first = scripted("one two", { held: true })
  const { guest, services, other } = await twoProcesses(redis(), first, scripted(""))
  const client = await guest()
  const feed = await at(other, () => client.events(), services)
  await feed.next({ type: "state" })
  await redis().stop()
  const answer = await client.post("hello")
  const streamId = answer.response.headers.get("x-stream-id")
  await other.chat.events.poll()
  await feed.next({ type: "turn-started", streamId })
  const late = await at(other, () => client.events(), services)
  expect(await late.next({ type: "state" })).toMatchObject({ running: [{ streamId }] })
  await redis().start()
  expect(await feed.next({ type: "state" })).toMatchObject({ running: [{ streamId }] })
  first.release()
  await answer.readAll()
  await feed.next({ type: "turn-ended", streamId, status: "COMPLETE" })
  await late.next({ type: "turn-ended", streamId, status: "COMPLETE" })
})

test("F13 a tab that connects while Redis is away gets the state, and hears by pub/sub once Redis is back", async () => {
  const { guest, services, other } = await twoProcesses(redis(), scripted("one"), scripted(""))
  const client = await guest()
  await redis().stop()
  const feed = await within(3_000, () => at(other, () => client.events(), services))
  await feed.next({ type: "state" })
  await redis().start()
  // The next poll finds Redis back, and sends the state to replace missed events.
  await expect
    .poll(async () => {
      await other.chat.events.poll()
      return redis().command("PUBSUB", "NUMSUB", "user-events")
    })
    .toEqual(["user-events", 1])
  await feed.next({ type: "state" })
  await (await client.post("hello")).readAll()
  await feed.next({ type: "turn-ended", status: "COMPLETE" })
})

/** Sends requests to the other process while `ask` runs. */
async function at<Result>(
  other: Awaited<ReturnType<typeof twoProcesses>>["other"],
  ask: () => Promise<Result>,
  back: Awaited<ReturnType<typeof twoProcesses>>["services"],
): Promise<Result> {
  globalThis.rejoinServices = Promise.resolve(other)
  try {
    return await ask()
  } finally {
    globalThis.rejoinServices = Promise.resolve(back)
  }
}
