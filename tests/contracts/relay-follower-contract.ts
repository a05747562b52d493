import { randomUUID } from "node:crypto"
import { setImmediate as nextTick } from "node:timers/promises"
import { expect, test } from "vitest"
import { type EventId, eventId } from "#lib/chat-protocol.ts"
import { caughtUp, type Relay } from "#lib/relay/relay.ts"
import { follow, type RelayReader, readRelay } from "#tests/support/relays/relay-reader.ts"
import type { Fresh } from "#tests/support/relays/relays-under-test.ts"
import { runningRelays } from "#tests/support/relays/running-relays.ts"
import { scriptedSource } from "#tests/support/relays/scripted-source.ts"
import { within } from "#tests/support/within.ts"

/** A relay's promises to followers, in the producer's process or another. */
export function followerContract(fresh: Fresh, contract: { needsNoMessages?: boolean }): void {
  const { running, runningUnder } = runningRelays(fresh)

  test("a follower in another process gets the backlog merged, then the mark, then live events", async () => {
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

  test("a follower with a position gets the events after it", async () => {
    const { there, streamId, source } = await running("one ", "two ", "three ")
    for (const [seq, rest] of ["one two three ", "one two three ", "two three ", "three ", ""].entries()) {
      const follower = await follow(there, streamId, eventId(1, seq + 1))
      expect(follower.resume).toBe("continued")
      expect(follower.text()).toBe(rest)
      await follower.leave()
    }
    source.close()
  })

  const beyond = ["3-6", "3-600", "3-9007199254740993"]
  const otherEpochs = ["2-3", "1-1", "4-3", "4-6", "9-1"]
  const malformed = ["", "3", "3-", "-3", "3-3-3", "03-3", "3-3 ", "+", "$", "3-*", "NaN-NaN"]

  test.each([...beyond, ...otherEpochs, ...malformed])(
    "a follower at %j, a position that never existed, gets everything and is told so, in both processes",
    async (text) => {
      const { here, there, streamId, source } = await runningUnder(3, "one ", "two ", "three ")
      // Routes validate positions; a relay treats unfamiliar ones as unknown.
      const position = text as EventId
      const followers = [await follow(there, streamId, position), await follow(here, streamId, position)]
      source.finish()
      source.close()
      for (const follower of followers) {
        expect(follower.resume).toBe("reset")
        expect(await follower.toTheEnd()).toEqual({ text: "one two three ", isWhole: true })
        expect(follower.events[0]?.id).toBe("3-1")
      }
    },
  )

  test("a follower at the end of the backlog waits for the next events", async () => {
    const { here, there, streamId, source } = await running("one ", "two ")
    const followers = [await follow(there, streamId, source.lastId), await follow(here, streamId, source.lastId)]
    for (const follower of followers) expect(follower.items).toEqual([caughtUp])
    source.say("three")
    source.finish()
    source.close()
    for (const follower of followers) {
      expect(follower.resume).toBe("continued")
      expect(await follower.toTheEnd()).toEqual({ text: "three", isWhole: true })
    }
  })

  test.runIf(contract.needsNoMessages)(
    "a follower whose position the store has lost continues from it once the stream says more",
    async () => {
      const { there, streamId, source, forget } = await running("one ", "two ")
      await (await follow(there, streamId)).leave()
      await forget(streamId)
      source.say("three ")
      const follower = await follow(there, streamId, "1-3")
      expect(follower.resume).toBe("continued")
      source.finish()
      source.close()
      expect(await follower.toTheEnd()).toEqual({ text: "two three ", isWhole: true })
    },
  )

  test.skipIf(contract.needsNoMessages)(
    "a stream lost by the store can no longer be followed elsewhere, and no follower is left hanging",
    async () => {
      const { there, streamId, source, forget } = await running("one ")
      await (await follow(there, streamId)).leave()
      await forget(streamId)
      source.say("two ")
      expect(await within(2_000, () => there.resumeExistingStream(streamId, "1-3"))).toBeUndefined()
      source.close()
    },
  )

  test.each([undefined, "1-1", "1-3", "1-600", "2-1"] as const)(
    "a follower at %s of an ended and expired stream finds nothing",
    async (position) => {
      const { here, there, streamId, source, forget, openSubscriptions } = await running("one ")
      source.finish()
      source.close()
      await expect.poll(() => there.status(streamId)).toBe("ended")
      // A producer whose last write was not acknowledged is still subscribed, and would write a lost log again.
      await expect.poll(openSubscriptions).toBe(0)
      await forget(streamId)
      for (const relay of [here, there]) {
        await expect.poll(() => relay.status(streamId)).toBe("unknown")
        expect(await within(2_000, () => relay.resumeExistingStream(streamId, position))).toBeUndefined()
      }
    },
  )

  test("fifty followers who arrive just as a stream ends get all of it or nothing", async () => {
    const { here, there } = fresh()

    async function comeAfter(tick: number, relay: Relay) {
      const [streamId, source] = [randomUUID(), scriptedSource()]
      const first = readRelay((await here.resumableStream(streamId, source.makeStream)).items)
      source.say("one ", "two ")
      await first.until("two ")
      await expect.poll(() => there.status(streamId), { timeout: 5_000 }).toBe("running")
      const ending = ticks(10).then(() => {
        source.finish()
        source.close()
      })
      const followed = await ticks(tick).then(() => relay.resumeExistingStream(streamId))
      await ending
      return followed && readRelay(followed.items).toTheEnd()
    }

    for (let tick = 0; tick < 25; tick += 5) {
      const ticksApart = [tick, tick + 1, tick + 2, tick + 3, tick + 4]
      const coming = ticksApart.flatMap((each) => [comeAfter(each, here), comeAfter(each, there)])
      for (const outcome of await Promise.all(coming))
        expect(outcome ?? "nothing").toBeOneOf(["nothing", { text: "one two ", isWhole: true }])
    }
  })

  test("all followers know of the end within a second", async () => {
    const { here, there, streamId, source, first } = await running("one ")
    const readers = [first, await follow(there, streamId), await follow(here, streamId)]
    source.finish()
    source.close()
    const ends = await within(1_000, () => Promise.all(readers.map((reader) => reader.toTheEnd())))
    for (const end of ends) expect(end).toEqual({ text: "one ", isWhole: true })
  })

  test.runIf(contract.needsNoMessages)(
    "a follower that receives no message knows of it within that time too",
    async () => {
      const { there, streamId, source, loseMessages } = await running("one ")
      const follower = await follow(there, streamId)
      loseMessages()
      source.say("two ")
      source.finish()
      source.close()
      expect(await within(1_000, () => follower.toTheEnd())).toEqual({ text: "one two ", isWhole: true })
    },
  )

  test.skipIf(contract.needsNoMessages)(
    "a follower that receives no message is released without an end within 6 s",
    async () => {
      const { there, streamId, source, loseMessages } = await running("one ")
      const follower = await follow(there, streamId)
      loseMessages()
      source.finish()
      source.close()
      expect(await within(6_000, () => follower.toTheEnd())).toEqual({ text: "one ", isWhole: false })
    },
  )

  test("an event too large for some stores reaches every follower or ends their stream, and delays neither its end nor another stream", async () => {
    const { here, there, streamId, source, first, openSubscriptions } = await running("one ")
    const following = [await follow(there, streamId), await follow(here, streamId)]
    source.send({ type: "file", mediaType: "image/png", url: `data:image/png;base64,${"A".repeat(2_000_000)}` })
    source.say("two")
    await first.until("two")
    source.finish()
    source.close()
    const whole = await first.toTheEnd()
    expect(whole).toEqual({ text: "one two", isWhole: true })
    for (const follower of following) {
      const end = await follower.toTheEnd()
      expect(end).toEqual(end.isWhole ? whole : { text: "one ", isWhole: false })
      expect(follower.events.some(({ chunk }) => chunk.type === "file")).toBe(end.isWhole)
    }
    // The producer stays subscribed for as long as it tries to write.
    await expect.poll(openSubscriptions, { timeout: 10_000 }).toBe(0)
    expect([here.isReachable, there.isReachable]).toEqual([true, true])
    expect(await there.resumeExistingStream(streamId)).toBeUndefined()
  })

  test("a follower that arrives before the first word waits for it", async () => {
    const { there, streamId, source } = await running()
    const follower = await follow(there, streamId)
    source.say("one")
    await follower.until("one")
    source.close()
  })

  test("ten followers see the same events, whenever they arrived", async () => {
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

  test("a follower sees the source's error as its last event", async () => {
    const { there, streamId, source } = await running("one")
    const follower = await follow(there, streamId)
    source.fail(new Error("the provider broke"))
    expect(await follower.toTheEnd()).toEqual({ text: "one", isWhole: true })
    expect(follower.events.at(-1)?.chunk.type).toBe("error")
  })

  test("a follower that does not read holds up no other reader", async () => {
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

  test("a follower that leaves is unsubscribed, and the others stay", async () => {
    const { there, streamId, source, openSubscriptions } = await running("one ")
    // A producer subscribes to followers and stops a moment after its start.
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

  test("fifty followers who come and go during the answer each get an unbroken run of events", async () => {
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

async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick++) await nextTick()
}
