import { describe, expect, test } from "vitest"
import { type EventId, eventId } from "#lib/chat-protocol.ts"
import { errorKinds } from "#lib/errors.ts"
import { readRelay } from "#tests/support/relays/relay-reader.ts"
import { type Fresh, fresh, type RelaysUnderTest } from "#tests/support/relays/relays-under-test.ts"
import { scriptedSource } from "#tests/support/relays/scripted-source.ts"
import { eventsContract } from "./relay-events-contract.ts"
import { followerContract } from "./relay-follower-contract.ts"
import { openingContract } from "./relay-opening-contract.ts"

export interface RelayContract {
  name: string
  /** false if streams cannot be followed, by design */
  canBeFollowed: boolean
  /** true if the store decides which of several processes opens a stream; else its row in the database has */
  decidesWhoOpens?: boolean
  /** true if a dead producer's words can still be followed, so that another process can continue */
  outlivesProducer?: boolean
  /** true if followers survive lost messages, and streams a lost store; otherwise followers are cut off */
  needsNoMessages?: boolean
  open(): RelaysUnderTest
}

/** What every relay promises (`lib/relay/relay.ts`). */
export function relayContract(contract: RelayContract): void {
  const { name, canBeFollowed, open } = contract
  describe(name, () => {
    describe("for the first reader", () => firstReaderContract(() => fresh(open)))
    if (canBeFollowed) {
      describe("for followers", () => followerContract(() => fresh(open), contract))
      describe("for readers of single events", () => eventsContract(() => fresh(open), contract))
      describe("for callers that open, stop and close", () => openingContract(() => fresh(open), contract))
    } else describe("for followers", () => unsharedContract(() => fresh(open)))
  })
}

function firstReaderContract(fresh: Fresh): void {
  test("it receives every event as it arrives, and then the end", async () => {
    const { here, streamId } = fresh()
    const source = scriptedSource()
    const opened = await here.resumableStream(streamId, source.makeStream)
    expect(opened.role).toBe("producer")
    const reader = readRelay(opened.items)
    source.say("one ")
    await reader.until("one ")
    source.say("two")
    await reader.until("two")
    source.finish()
    source.close()
    expect(await reader.toTheEnd()).toEqual({ text: "one two", isWhole: true })
    expect(reader.events.map(({ id }) => id)).toEqual(idsUpTo(6))
    expect(source.timesMade).toBe(1)
  })

  test("its stream ends with the final event, even while the source is still open", async () => {
    const { here, streamId } = fresh()
    const source = scriptedSource()
    const { items } = await here.resumableStream(streamId, source.makeStream)
    source.finish()
    expect(await readRelay(items).toTheEnd()).toEqual({ text: "", isWhole: true })
    source.close()
    await source.drained
  })

  test("a source that breaks off without a final event produces none", async () => {
    const { here, streamId } = fresh()
    const source = scriptedSource()
    const { items } = await here.resumableStream(streamId, source.makeStream)
    source.say("one")
    source.close()
    expect(await readRelay(items).toTheEnd()).toEqual({ text: "one", isWhole: false })
  })

  test("the source is read to its end without a reader", async () => {
    const { here, streamId } = fresh()
    const source = scriptedSource()
    await here.resumableStream(streamId, source.makeStream)
    source.say(...Array.from({ length: 1_000 }, () => "word "))
    source.finish()
    source.close()
    await source.drained
  })

  test("the source is read to its end after the first reader has left", async () => {
    const { here, streamId } = fresh()
    const source = scriptedSource()
    const reader = readRelay((await here.resumableStream(streamId, source.makeStream)).items)
    source.say("one")
    await reader.until("one")
    await reader.leave()
    source.say("two")
    source.finish()
    source.close()
    await source.drained
  })

  test("a source that throws ends with one last error, with the next id and a text for people", async () => {
    const { here, streamId } = fresh()
    const source = scriptedSource(3)
    const reader = readRelay((await here.resumableStream(streamId, source.makeStream)).items)
    source.say("one")
    source.fail(new Error("a secret of the provider"))
    expect(await reader.toTheEnd()).toEqual({ text: "one", isWhole: true })
    const errorText = errorKinds.internal_error.message
    expect(reader.events.at(-1)).toEqual({ id: "3-4", chunk: { type: "error", errorText } })
  })

  test("a source that throws after its final event still has one end", async () => {
    const { here, streamId } = fresh()
    const source = scriptedSource()
    const reader = readRelay((await here.resumableStream(streamId, source.makeStream)).items)
    source.finish()
    source.fail(new Error("too late to matter"))
    await source.drained
    await reader.toTheEnd()
    expect(reader.events.map(({ chunk }) => chunk.type)).toEqual(["start", "text-start", "text-end", "finish"])
  })

  test("a source that fails at creation ends with an error", async () => {
    const { here, streamId } = fresh()
    const { items } = await here.resumableStream(streamId, () => {
      throw new Error("no source")
    })
    const reader = readRelay(items)
    await reader.toTheEnd()
    expect(reader.events.map(({ id, chunk }) => [id, chunk.type])).toEqual([["1-1", "error"]])
  })

  test("a repeated event is delivered once", async () => {
    const { here, streamId } = fresh()
    const source = scriptedSource()
    const reader = readRelay((await here.resumableStream(streamId, source.makeStream)).items)
    source.say("one")
    source.repeatLast()
    source.finish()
    source.close()
    expect(await reader.toTheEnd()).toEqual({ text: "one", isWhole: true })
  })

  test("a stream that was never opened is unknown, and stopping it does nothing", async () => {
    const { here, streamId } = fresh()
    expect(await here.status(streamId)).toBe("unknown")
    expect(await here.resumeExistingStream(streamId)).toBeUndefined()
    expect(await here.readEvents(streamId)).toBeUndefined()
    await here.stop(streamId)
  })
}

function unsharedContract(fresh: Fresh): void {
  test("nothing can be followed, neither in this process nor in another", async () => {
    const { here, there, streamId } = fresh()
    const source = scriptedSource()
    const { isShared } = await here.resumableStream(streamId, source.makeStream, { onStop: () => expect.unreachable() })
    expect(isShared).toBe(false)
    expect(await here.resumeExistingStream(streamId)).toBeUndefined()
    expect(await there.resumeExistingStream(streamId, "1-1")).toBeUndefined()
    expect(await here.status(streamId)).toBe("unknown")
    await here.stop(streamId)
    source.close()
  })
}

function idsUpTo(seq: number): EventId[] {
  return Array.from({ length: seq }, (_, index) => eventId(1, index + 1))
}
