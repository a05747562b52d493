import { describe, expect, test, vi } from "vitest"
import { parseEventId } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import type { FollowedStream, RelayItem } from "#lib/relay/relay.ts"
import type { Services } from "#lib/services.ts"
import { freshService } from "#tests/support/clients/service.ts"
import { question, refusalOf, type TrpcReading, trpcTab, trpcWays, wholeText } from "#tests/support/clients/trpc-tab.ts"
import { neverAnswers, scripted } from "#tests/support/providers/scripted-model.ts"
import { twoProcesses, useRedis } from "#tests/support/relays/two-processes.ts"

const redis = useRedis()
const words = "one two three four five six seven eight"

describe.each(trpcWays)("over %s", (way) => {
  test("a connection that breaks mid-answer comes back by itself, and nothing is lost or repeated", async () => {
    const model = scripted(words, { held: true })
    const { guest } = await freshService({ model })
    const client = await guest()
    const { trpc, follow, cut } = await trpcTab(client, way)
    await trpc.chat.send.mutate(question(client.chatId, "count"))
    const reading = follow()
    await model.releaseUntil("two")
    await reading.untilText("two")
    cut()
    await model.releaseUntil("four")
    await reading.untilText("four")
    cut()
    await model.releaseUntil("six")
    await reading.untilText("six")
    model.release()
    expect(await wholeText(reading)).toBe(words)
    expectUnbroken(reading)
    expect(model.calls).toHaveLength(1)
  })

  test("a stream that breaks off is followed again within the subscription, and nothing is lost or repeated", async () => {
    const model = scripted(words, { held: true })
    const { guest, services } = await freshService({ model, environment: { MERGE_EVERY_MS: "0" } })
    breakEveryStream(services)
    const client = await guest()
    const { trpc, follow } = await trpcTab(client, way)
    await trpc.chat.send.mutate(question(client.chatId, "count"))
    const reading = follow()
    await model.releaseUntil("two")
    await reading.untilText("two")
    await model.releaseUntil("six")
    await reading.untilText("six")
    expectUnbroken(reading)
    model.release()
    // Its end may only be found in the store, from which it comes whole.
    expect(await wholeText(reading)).toBe(words)
    expect(reading.states.lastIndexOf("connecting")).toBeLessThanOrEqual(0)
  })

  test("while the database is away, a stream that has broken off is tried again", async () => {
    const model = scripted(words, { held: true })
    const { guest, services } = await freshService({ model })
    const client = await guest()
    const { trpc, follow } = await trpcTab(client, way)
    await trpc.chat.send.mutate(question(client.chatId, "count"))
    breakEveryStream(services)
    const find = vi.spyOn(services.chat.repository.streams, "find")
    const reading = follow()
    await reading.until((events) => events.length > 0)
    for (let times = 0; times < 2; times++) find.mockRejectedValueOnce(new ChatError("db_unavailable"))
    await model.releaseUntil("three")
    await reading.untilText("three")
    model.release()
    expect(await wholeText(reading)).toBe(words)
  })

  test("a reader that leaves a silent answer is gone, and the answer goes on", async () => {
    const model = scripted(words, { held: true })
    const { guest, services } = await freshService({ model })
    const client = await guest()
    const { trpc, follow } = await trpcTab(client, way)
    await trpc.chat.send.mutate(question(client.chatId, "count"))
    const reading = follow()
    await reading.until((events) => events.length > 0)
    const readers = () => services.chat.relay.report()?.streams[0]?.readers
    expect(readers()).toBe(1)
    reading.leave()
    await expect.poll(readers).toBe(0)
    model.release()
    await expect.poll(async () => (await client.messages()).at(-1)?.metadata?.status).toBe("COMPLETE")
  })

  test("F2 while the server drains, a running answer is followed to its end, and no new one begins", async () => {
    const model = scripted("one two three", { held: true })
    const { guest, services } = await freshService({ model })
    const client = await guest()
    const { trpc, follow } = await trpcTab(client, way)
    await trpc.chat.send.mutate(question(client.chatId, "count"))
    const reading = follow()
    await model.releaseUntil("two")
    await reading.untilText("two")
    const drained = services.drain(10_000)
    expect(await refusalOf(trpc.chat.send.mutate(question(client.chatId, "more")))).toMatchObject({
      httpStatus: 503,
      code: "shutting_down",
      retryable: true,
    })
    model.release()
    expect(await wholeText(reading)).toBe("one two three")
    await drained
  })

  test("F2 an answer that outlasts the drain is continued to its reader by another server", async () => {
    const first = scripted("one two three four", { held: true })
    const second = scripted(" three four", { held: true })
    const { guest, services, other, charges } = await twoProcesses(redis(), first, second)
    const client = await guest()
    const { trpc, follow, cut } = await trpcTab(client, way)
    await trpc.chat.send.mutate(question(client.chatId, "count"))
    const reading = follow()
    await first.releaseUntil("two")
    await reading.untilText("two")
    await services.drain(0)
    globalThis.rejoinServices = Promise.resolve(other)
    cut()
    await second.releaseUntil("three")
    await reading.untilText("three")
    second.release()
    expect(await wholeText(reading)).toBe("one two three four")
    expectUnbroken(reading)
    expect(await charges()).toHaveLength(1)
  })

  test("B44 subscriptions count as readers until they end", async () => {
    const { guest } = await freshService({
      model: neverAnswers(),
      environment: { RATE_LIMIT_PER_MINUTE: "60" },
    })
    const client = await guest()
    const { trpc, follow } = await trpcTab(client, way)
    await trpc.chat.send.mutate(question(client.chatId, "count"))
    const reading = follow()
    await reading.until((events) => events.length > 0)
    const others = await Promise.all(Array.from({ length: 99 }, () => client.follow()))
    const refused = follow()
    await expect(refused.ended).rejects.toMatchObject({ data: { httpStatus: 429, code: "too_many_connections" } })
    reading.leave()
    await vi.waitFor(async () => {
      const next = follow()
      await next.until((events) => events.length > 0)
      next.leave()
    })
    for (const each of others) await each.leave()
  })
})

/** Ids rise by one within an epoch, merged deltas aside, and the answer starts once. */
function expectUnbroken({ events }: TrpcReading): void {
  expect(events.filter(({ chunk }) => chunk.type === "start")).toHaveLength(1)
  const places = events.map(({ id }) => parseEventId(id)?.seq ?? 0)
  expect(places).toEqual([...new Set(places)].toSorted((one, other) => one - other))
}

/** Lets every follower's stream break off after two events. */
function breakEveryStream({ chat }: Services): void {
  const follow = chat.relay.resumeExistingStream
  vi.spyOn(chat.relay, "resumeExistingStream").mockImplementation(async (...asked) => {
    const followed = await follow(...asked)
    return followed && broken(followed)
  })
}

function broken(followed: FollowedStream): FollowedStream {
  let left = 2
  const items = followed.items.pipeThrough(
    new TransformStream<RelayItem, RelayItem>({
      transform(item, controller) {
        controller.enqueue(item)
        if (item !== "caught-up" && --left === 0) controller.terminate()
      },
    }),
  )
  return { ...followed, items }
}
