import { randomUUID } from "node:crypto"
import { expect, test } from "vitest"
import type { OpenedStream } from "#lib/relay/relay.ts"
import { follow, readRelay } from "#tests/support/relays/relay-reader.ts"
import type { Fresh } from "#tests/support/relays/relays-under-test.ts"
import { runningRelays } from "#tests/support/relays/running-relays.ts"
import { scriptedSource } from "#tests/support/relays/scripted-source.ts"
import { within } from "#tests/support/within.ts"

/** A relay's promises about who opens, stops and closes a stream, and about ended and dead ones. */
export function openingContract(
  fresh: Fresh,
  contract: { decidesWhoOpens?: boolean; outlivesProducer?: boolean },
): void {
  const { running } = runningRelays(fresh)

  test("no subscription is left when a stream has ended", async () => {
    const { here, there, streamId, source, openSubscriptions } = await running("one ")
    const followers = [await follow(there, streamId), await follow(here, streamId)]
    source.finish()
    source.close()
    for (const follower of followers) await follower.toTheEnd()
    await expect.poll(openSubscriptions).toBe(0)
  })

  test("an ended stream cannot be followed, and is known to have ended", async () => {
    const { here, there, streamId, source } = await running("one ")
    await expect.poll(() => there.status(streamId)).toBe("running")
    source.finish()
    source.close()
    await expect.poll(() => there.status(streamId)).toBe("ended")
    expect(await within(2_000, () => there.resumeExistingStream(streamId))).toBeUndefined()
    expect(await within(2_000, () => here.resumeExistingStream(streamId, "1-1"))).toBeUndefined()
  })

  test.runIf(contract.outlivesProducer)(
    "the words of a dead producer can be followed, so that another can continue",
    async () => {
      const { there, streamId, kill } = await running("one ")
      await (await follow(there, streamId)).leave()
      await kill()
      const follower = await follow(there, streamId)
      expect(follower.text()).toBe("one ")
      await follower.leave()
    },
  )

  test.skipIf(contract.outlivesProducer)(
    "a stream whose producer is dead cannot be followed, and no subscription is left for it",
    async () => {
      const { there, streamId, kill, openSubscriptions } = await running("one ")
      await kill()
      for (let round = 0; round < 3; round++)
        expect(await within(2_000, () => there.resumeExistingStream(streamId))).toBeUndefined()
      expect(openSubscriptions()).toBe(0)
    },
  )

  test("opening a stream that is open follows it", async () => {
    const { here, there, streamId, source } = await running("one ")
    const second = await (contract.decidesWhoOpens ? there : here).resumableStream(streamId, () => expect.unreachable())
    expect(second.role).toBe("follower")
    const follower = readRelay(second.items)
    source.say("two")
    source.finish()
    source.close()
    expect(await follower.toTheEnd()).toEqual({ text: "one two", isWhole: true })
  })

  test.runIf(contract.decidesWhoOpens)(
    "opening a stream that has ended does not leave the reader hanging",
    async () => {
      const { here, there, streamId, source } = await running("one ")
      source.finish()
      source.close()
      await expect.poll(() => here.status(streamId)).toBe("ended")
      const late = await there.resumableStream(streamId, () => expect.unreachable())
      expect(late.role).toBe("follower")
      expect((await readRelay(late.items).toTheEnd()).isWhole).toBe(false)
    },
  )

  test("of ten that open a stream at once one produces, and all see the same events", async () => {
    const { here, there, streamId } = fresh()
    const source = scriptedSource()
    const relays = Array.from({ length: 10 }, (_, index) => (index % 2 && contract.decidesWhoOpens ? there : here))
    const opened: OpenedStream[] = await Promise.all(
      relays.map((relay) => relay.resumableStream(streamId, source.makeStream)),
    )
    expect(source.timesMade).toBe(1)
    expect(opened.filter(({ role }) => role === "producer")).toHaveLength(1)
    source.say("one")
    source.finish()
    source.close()
    for (const { items } of opened) expect(await readRelay(items).toTheEnd()).toEqual({ text: "one", isWhole: true })
  })

  test("a stop in another process notifies the producer once, however often it is pressed", async () => {
    const { here, there, streamId } = fresh()
    const source = scriptedSource()
    const rung = Promise.withResolvers<void>()
    let rings = 0
    await here.resumableStream(streamId, source.makeStream, {
      onStop: () => {
        rings += 1
        rung.resolve()
      },
    })
    await Promise.all([there.stop(streamId), there.stop(streamId), here.stop(streamId)])
    await rung.promise
    // Messages arrive in order, so a later follower's message comes after all the stops.
    await (await follow(there, streamId)).leave()
    expect(rings).toBe(1)
    source.close()
  })

  test("a stop notifies no other producer, and none whose stream has ended", async () => {
    const { here, there, streamId, openSubscriptions } = fresh()
    const source = scriptedSource()
    const { items } = await here.resumableStream(streamId, source.makeStream, { onStop: () => expect.unreachable() })
    await there.stop(randomUUID())
    source.finish()
    source.close()
    await readRelay(items).toTheEnd()
    await expect.poll(openSubscriptions).toBe(0)
    await there.stop(streamId)
  })

  test("closing a relay releases its followers without an end", async () => {
    const { there, streamId, source } = await running("one ")
    const follower = await follow(there, streamId)
    await there.close()
    expect(await follower.toTheEnd()).toEqual({ text: "one ", isWhole: false })
    source.close()
  })
}
