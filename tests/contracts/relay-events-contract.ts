import type { UIMessageChunk } from "ai"
import { expect, test } from "vitest"
import { eventId } from "#lib/chat-protocol.ts"
import { caughtUp, type Relay } from "#lib/relay/relay.ts"
import { StoreUnavailable } from "#lib/relay/stores/store.ts"
import { readRelay } from "#tests/support/relays/relay-reader.ts"
import type { Fresh } from "#tests/support/relays/relays-under-test.ts"
import { runningRelays } from "#tests/support/relays/running-relays.ts"
import { scriptedSource } from "#tests/support/relays/scripted-source.ts"

/** A relay's promises to those who want events as they were produced. */
export function eventsContract(fresh: Fresh, contract: { outlivesProducer?: boolean }): void {
  const { running } = runningRelays(fresh)

  test("a follower that asks for single events gets the backlog event by event, from any position", async () => {
    const { here, there, streamId, source } = await running("one ", "two ", "three ")
    await expect.poll(() => there.status(streamId)).toBe("running")
    for (const relay of [here, there])
      for (const position of [undefined, "1-1", "1-3", "1-5"] as const) {
        const followed = await relay.resumeExistingStream(streamId, position, { isMerged: false })
        const reader = readRelay(followed?.items ?? expect.unreachable())
        await reader.untilCaughtUp()
        const seq = Number(position?.slice(2) ?? 0)
        const missed = Array.from({ length: 5 - seq }, (_, index) => eventId(1, seq + index + 1))
        expect(reader.items.map((item) => (item === caughtUp ? item : item.id))).toEqual([...missed, caughtUp])
        await reader.leave()
      }
    source.close()
  })

  test.skipIf(contract.outlivesProducer)("without a log no events can be read", async () => {
    const { here, there, streamId, source } = await running("one ")
    expect([await here.readEvents(streamId), await there.readEvents(streamId)]).toEqual([undefined, undefined])
    source.close()
  })

  test.runIf(contract.outlivesProducer)(
    "the events of a stream are the same text in both processes, while it runs and after its end",
    async () => {
      const { here, there, streamId, source, first } = await running("one ", "two ")
      source.send(...awkwardChunks)
      await first.until("two ")
      expect(await textOf(here, streamId)).toMatch(/^\[\{"id":"1-1",/)
      const same = async () => expect(await textOf(there, streamId)).toBe(await textOf(here, streamId))
      await expect.poll(async () => (await there.readEvents(streamId))?.length).toBe(4 + awkwardChunks.length)
      await same()
      const produced = JSON.stringify(first.events)
      expect(await textOf(here, streamId)).toBe(produced)

      source.finish()
      source.close()
      await expect.poll(() => there.status(streamId)).toBe("ended")
      await same()
      expect(await textOf(there, streamId)).toBe(JSON.stringify(first.events))
    },
  )

  test.runIf(contract.outlivesProducer)("a stream without a log has no events, nor has an expired one", async () => {
    const { here, there, streamId, source, forget } = await running("one ")
    expect(await there.readEvents("another")).toBeUndefined()
    source.finish()
    source.close()
    await expect.poll(() => there.status(streamId)).toBe("ended")
    await forget(streamId)
    for (const relay of [here, there]) await expect.poll(() => relay.readEvents(streamId)).toBeUndefined()
  })

  test.runIf(contract.outlivesProducer)("events that a takeover takes back are gone for both processes", async () => {
    const { here, there, streamId, source } = await running("one ", "two ", "three ")
    await expect.poll(async () => (await there.readEvents(streamId))?.length).toBe(5)
    const before = (await there.readEvents(streamId))?.slice(0, 4)
    const second = scriptedSource(2, 4)
    const taken = await there.resumableStream(streamId, second.makeStream, { before })
    second.say("four ")
    await readRelay(taken.items).until("four ")
    const ids = ["1-1", "1-2", "1-3", "1-4", "2-5"]
    expect((await there.readEvents(streamId))?.map(({ id }) => id)).toEqual(ids)
    // The replaced producer learns of it when the log refuses its next words.
    await expect
      .poll(async () => {
        source.say("late ")
        return (await here.readEvents(streamId))?.map(({ id }) => id)
      })
      .toEqual(ids)
    expect(await textOf(here, streamId)).toBe(await textOf(there, streamId))
    source.close()
    second.close()
  })

  test.runIf(contract.outlivesProducer)("a store out of reach is told apart from a lost log", async () => {
    const { here, streamId, kill } = await running("one ")
    await kill()
    await expect(here.readEvents("another")).rejects.toThrow(StoreUnavailable)
    expect(await here.readEvents(streamId)).toHaveLength(3)
  })
}

async function textOf(relay: Relay, streamId: string): Promise<string> {
  return JSON.stringify(await relay.readEvents(streamId))
}

/** Chunks whose text as JSON depends on the order of their fields, and characters that stores have changed before. */
const awkwardChunks: UIMessageChunk[] = [
  { url: "https://example.org", title: "a source from the database", type: "source-url", sourceId: "1" },
  { data: { b: 1, a: [null, { z: undefined, "10": "ten", "9": "nine" }] }, type: "data-awkward" },
  { id: "text", delta: "\n\r\u2028\u0000 \ud83d\ude80 \ud83d", type: "text-delta" },
  JSON.parse('{"type":"data-awkward","data":{"__proto__":{"a":1},"constructor":0,"-0":-0,"1e21":1e21}}'),
]
