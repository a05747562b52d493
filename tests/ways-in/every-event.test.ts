/**
 * What a reader has seen of an answer up to any event, followed by what it gets when it comes back there, is the
 * answer: over every way in, every relay and store, and however the answer ended.
 */
import { isDeepStrictEqual } from "node:util"
import { describe, expect, test } from "vitest"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import { overDurableStreams } from "#tests/support/ways-in/over-durable-streams.ts"
import { overOwnSocket } from "#tests/support/ways-in/over-own-socket.ts"
import { overSse, overStockSse } from "#tests/support/ways-in/over-sse.ts"
import { overStockSocket } from "#tests/support/ways-in/over-stock-socket.ts"
import { overTrpc } from "#tests/support/ways-in/over-trpc.ts"
import { type Place, places, useStores } from "#tests/support/ways-in/places.ts"
import { type AnswerKind, answerKinds, type HaltedAnswer } from "#tests/support/ways-in/recorded-answers.ts"
import { type AttachedReader, attach, partsShownBy, readToEnd, type WayIn } from "#tests/support/ways-in/way-in.ts"

const ways: WayIn[] = [overSse, overStockSse, ...overTrpc, overOwnSocket, overStockSocket, overDurableStreams]

const stores = useStores()

describe.each(places)("$name", (place) => {
  test.each(answerKinds)("an answer that is $name is whole from every event", async (kind) => {
    const answer = await kind.begin(place, stores())
    // Without the feature a running answer can be read, but not followed.
    const running = place.relay === "off" ? [] : await attachEverywhere(answer, place)
    await answer.finish()
    expect((await answer.client.messages()).at(-1)?.metadata?.status).toBe(statusAt(place, kind))
    expect(await mistakesOf(running, answer)).toEqual([])
    expect(await mistakesOf(await attachEverywhere(answer, place), answer)).toEqual([])
  })
})

/** Only a log lets another process continue what a dead one has begun. */
function statusAt({ relay }: Place, { status, needsLog }: AnswerKind): string {
  return needsLog && relay !== "log" ? "INTERRUPTED" : status
}

/** Attaches a reader at every event, and one that has seen nothing, over every way in. */
async function attachEverywhere(answer: HaltedAnswer, { relay }: Place): Promise<AttachedReader[]> {
  const prefixes = Array.from({ length: answer.seen.length + 1 }, (_, count) => answer.seen.slice(0, count))
  const at = (way: WayIn) => (way.resumesAt === "the start" ? prefixes.slice(0, 1) : prefixes)
  const open = ways.filter(({ needsLog }) => !needsLog || relay === "log")
  return Promise.all(open.flatMap((way) => at(way).map((seen) => attach(way, answer, seen))))
}

/** @returns a line for each reader that does not show what is stored, with the first part that differs */
async function mistakesOf(readers: AttachedReader[], answer: HaltedAnswer): Promise<string[]> {
  const stored = (await answer.client.messages()).at(-1)?.parts ?? []
  const mistakes = await Promise.all(
    readers.map(async (reader) => {
      // A page shows what is stored by itself, so some ways in have nothing to add.
      if (!reader.items && reader.way.ofStored === "nothing") return []
      const events = await readToEnd(reader, answer)
      if (!events) return []
      const shown = await partsShownBy(events)
      const index = [...shown, ...stored].findIndex((_, at) => !isDeepStrictEqual(plain(shown[at]), plain(stored[at])))
      if (index === -1) return []
      const [is, should] = [shown[index], stored[index]].map((part) => JSON.stringify(part))
      return [`${reader.way.name} after ${reader.seen.length} events: ${is} instead of ${should}`]
    }),
  )
  return mistakes.flat()
}

/** As it travels: what is undefined is not there. */
function plain(part: ChatMessagePart | undefined): unknown {
  return part && JSON.parse(JSON.stringify(part))
}
