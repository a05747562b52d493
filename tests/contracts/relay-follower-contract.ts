import { randomUUID } from "node:crypto"
import { setImmediate as nextTick } from "node:timers/promises"
import { expect, test } from "vitest"
import { eventId } from "#lib/chat-protocol.ts"
import { caughtUp, type OpenedStream } from "#lib/relay/relay.ts"
import { follow, type RelayReader, readRelay } from "#tests/support/relay-reader.ts"
import type { Fresh } from "#tests/support/relays-under-test.ts"
import { scriptedSource } from "#tests/support/scripted-source.ts"

/** What a relay promises to those who follow, in the producer's process or another. */
export function followerContract(
  fresh: Fresh,
  contract: { decidesWhoOpens?: boolean; outlivesProducer?: boolean },
): void {
  /** A stream that runs in `here` and has said so much. */
  async function running(...words: string[]) {
    const relays = fresh()
    const source = scriptedSource()
    const opened = await relays.here.resumableStream(relays.streamId, source.makeStream)
    expect(opened).toMatchObject({ role: "producer", isShared: true })
    const first = readRelay(opened.items)
    source.say(...words)
    await first.until(words.join(""))
    return { ...relays, source, first }
  }

  test("one in another process gets what was, merged, then the mark, then what comes", async () => {
    const { there, streamId, source } = await running("one ", "two ", "three ")
    const follower = await follow(there, streamId)
    expect(follower.resume).toBe("from-start")
    source.say("four ")
    source.say("five")
    await follower.until("five")
    source.finish()
    source.close()
    expect(await follower.toTheEnd()).toEqual({ text: "one two three four five", isWhole: true })
    expect(follower.items.map((item) => (item === caughtUp ? item : item.id))).toEqual([
      "1-1",
      "1-2",
      "1-5",
      caughtUp,
      "1-6",
      "1-7",
      "1-8",
      "1-9",
    ])
  })

  test("one that says how far it has read gets what comes after", async () => {
    const { there, streamId, source } = await running("one ", "two ", "three ")
    for (const [seq, rest] of ["one two three ", "one two three ", "two three ", "three ", ""].entries()) {
      const follower = await follow(there, streamId, eventId(1, seq + 1))
      expect(follower.resume).toBe("continued")
      expect(follower.text()).toBe(rest)
      await follower.leave()
    }
    source.close()
  })

  test.each(["1-6", "1-600", "2-3", "9-1"] as const)(
    "one at %s, where the stream was never, gets all of it and is told",
    async (position) => {
      const { there, streamId, source } = await running("one ", "two ", "three ")
      const follower = await follow(there, streamId, position)
      expect(follower.resume).toBe("reset")
      source.finish()
      source.close()
      expect(await follower.toTheEnd()).toEqual({ text: "one two three ", isWhole: true })
      expect(follower.events[0]?.id).toBe("1-1")
    },
  )

  test("one that comes before the first word waits for it", async () => {
    const { there, streamId, source } = await running()
    const follower = await follow(there, streamId)
    source.say("one")
    await follower.until("one")
    source.close()
  })

  test("ten see the same, whenever each of them came", async () => {
    const { there, streamId, source, first } = await running("0 ")
    const followers: RelayReader[] = []
    for (let round = 1; round <= 10; round++) {
      followers.push(await follow(there, streamId))
      source.say(`${round} `)
    }
    source.finish()
    source.close()
    const whole = await first.toTheEnd()
    for (const follower of followers) expect(await follower.toTheEnd()).toEqual(whole)
  })

  test("one sees the source's error as its last event", async () => {
    const { there, streamId, source } = await running("one")
    const follower = await follow(there, streamId)
    source.fail(new Error("the provider broke"))
    expect(await follower.toTheEnd()).toEqual({ text: "one", isWhole: true })
    expect(follower.events.at(-1)?.chunk.type).toBe("error")
  })

  test("one that does not read holds nobody up", async () => {
    const { there, streamId, source, first } = await running("one ")
    const idle = await there.resumeExistingStream(streamId)
    const follower = await follow(there, streamId)
    source.say(...Array.from({ length: 500 }, () => "word "), "last")
    await first.until("last")
    await follower.until("last")
    source.finish()
    source.close()
    await source.drained
    await idle?.items.cancel()
  })

  test("one that leaves is unsubscribed; the others stay", async () => {
    const { there, streamId, source, openSubscriptions } = await running("one ")
    // A producer listens for those who follow or stop it, if not from the first moment on.
    const before = Math.max(openSubscriptions(), 1)
    const staying = await follow(there, streamId)
    const leaving = await follow(there, streamId)
    expect(openSubscriptions()).toBeGreaterThan(before)
    await leaving.leave()
    source.say("two")
    await staying.until("two")
    await staying.leave()
    await expect.poll(openSubscriptions).toBe(before)
    source.close()
  })

  test("nothing stays subscribed when a stream has ended", async () => {
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
    expect(await inTime(2_000, there.resumeExistingStream(streamId))).toBeUndefined()
    expect(await inTime(2_000, here.resumeExistingStream(streamId, "1-1"))).toBeUndefined()
  })

  test.runIf(contract.outlivesProducer)("what a dead producer said can be followed, for another to go on", async () => {
    const { there, streamId, kill } = await running("one ")
    await (await follow(there, streamId)).leave()
    await kill()
    const follower = await follow(there, streamId)
    expect(follower.text()).toBe("one ")
    await follower.leave()
  })

  test.skipIf(contract.outlivesProducer)(
    "a stream whose producer is dead cannot be followed, and nothing stays subscribed for it",
    async () => {
      const { there, streamId, kill, openSubscriptions } = await running("one ")
      await kill()
      for (let round = 0; round < 3; round++)
        expect(await inTime(2_000, there.resumeExistingStream(streamId))).toBeUndefined()
      expect(openSubscriptions()).toBe(0)
    },
  )

  test("who opens a stream that is open follows it", async () => {
    const { here, there, streamId, source } = await running("one ")
    const second = await (contract.decidesWhoOpens ? there : here).resumableStream(streamId, () => expect.unreachable())
    expect(second.role).toBe("follower")
    const follower = readRelay(second.items)
    source.say("two")
    source.finish()
    source.close()
    expect(await follower.toTheEnd()).toEqual({ text: "one two", isWhole: true })
  })

  test.runIf(contract.decidesWhoOpens)("who opens a stream that has ended is not left hanging", async () => {
    const { here, there, streamId, source } = await running("one ")
    source.finish()
    source.close()
    await expect.poll(() => here.status(streamId)).toBe("ended")
    const late = await there.resumableStream(streamId, () => expect.unreachable())
    expect(late.role).toBe("follower")
    expect((await readRelay(late.items).toTheEnd()).isWhole).toBe(false)
  })

  test("of ten who open at once one produces, and all see the same", async () => {
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

  test("a stop in another process rings the producer, once however often it is pressed", async () => {
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
    // Messages arrive in order: what a later follower hears comes after all the rings.
    await (await follow(there, streamId)).leave()
    expect(rings).toBe(1)
    source.close()
  })

  test("a stop rings nobody else's producer, and none whose stream has ended", async () => {
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

  test("a relay that is closed lets its followers go, without an end", async () => {
    const { there, streamId, source } = await running("one ")
    const follower = await follow(there, streamId)
    await there.close()
    expect(await follower.toTheEnd()).toEqual({ text: "one ", isWhole: false })
    source.close()
  })

  test("fifty who come and go while words are spoken each get an unbroken run", async () => {
    const { here, there, streamId, source, first } = await running("0 ")
    const lastWord = 400
    const speaking = (async () => {
      for (let word = 1; word <= lastWord; word++) {
        source.say(`${word} `)
        if (word % 3 === 0) await nextTick()
      }
      source.finish()
      source.close()
    })()
    const joining = Array.from({ length: 50 }, async (_, index) => {
      for (let wait = 0; wait < index; wait++) await nextTick()
      const followed = await (index % 2 ? here : there).resumeExistingStream(streamId)
      return followed && readRelay(followed.items)
    })
    await speaking
    const whole = await first.toTheEnd()
    const followers = (await Promise.all(joining)).filter((follower) => follower !== undefined)
    expect(followers.length).toBeGreaterThan(0)
    for (const follower of followers) expect(await follower.toTheEnd()).toEqual(whole)
  })
}

async function inTime<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  const startedAtMs = performance.now()
  const value = await promise
  expect(performance.now() - startedAtMs).toBeLessThan(limitMs)
  return value
}
