import { setTimeout as wait } from "node:timers/promises"
import type { EventId } from "#lib/chat-protocol.ts"
import { isDatabaseAway } from "#lib/errors.ts"
import { caughtUp } from "#lib/relay/relay.ts"
import type { ChatServices } from "./chat-services.ts"
import { type Followed, followStream } from "./follow.ts"
import { type FollowedItem, type FollowedItems, followedItems } from "./followed-items.ts"

/** The stream does not continue from where the reader is: what follows begins with its `start` chunk. */
export const startsOver = "starts-over"

interface Unbroken {
  streamId: string
  items: ReadableStream<FollowedItem>
  resume: FollowedItems["resume"] | "off" | undefined
  /** the last event that the reader has */
  position: EventId | undefined
}

/** Pauses before a stream that broke off is followed again. */
const firstPauseMs = 100
const longestPauseMs = 2_000

/**
 * Reads a stream, and follows it again wherever it breaks off. The caller reads no further than the chunk that ends the
 * answer. It ends without that chunk if the reader leaves, if nothing is left to follow, or while this process drains:
 * the reader then continues at another one.
 * @param leaving aborts when the reader must not get anything more
 */
export async function* unbrokenItems(
  services: { chat: ChatServices; readonly isDraining: boolean },
  { streamId, items, resume, position }: Unbroken,
  leaving: AbortSignal,
): AsyncGenerator<FollowedItem | typeof startsOver, void> {
  let current: ReadableStream<FollowedItem> | undefined = items
  let isStartingOver = false
  let lastId = position
  let hasAny = resume === "continued"
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    if (current) {
      using reading = readUntil(leaving, current)
      if (isStartingOver) yield startsOver
      for (;;) {
        const next = await reading.read()
        if (next.done) break
        yield next.value
        if (next.value === caughtUp) continue
        lastId = next.value.id
        hasAny = true
        pauseMs = firstPauseMs
      }
    }
    // While it drains, this process must not take the stream over.
    if (leaving.aborted || services.isDraining) return
    await wait(pauseMs, undefined, { signal: leaving }).catch(() => undefined)
    if (leaving.aborted) return
    const followed = await followAgain(services.chat, streamId, lastId)
    current = undefined
    if (!followed) continue
    // A relay that is only late continues the stream, where the stored message would start it over.
    if (followed.kind === "growing" && hasAny && pauseMs < longestPauseMs) continue
    if (followed.kind === "nothing") return
    const again = followedItems(services.chat, followed)
    current = again.items
    isStartingOver = hasAny && again.resume !== "continued"
  }
}

/** @returns undefined while the database is away */
function followAgain(services: ChatServices, streamId: string, position?: EventId): Promise<Followed | undefined> {
  return followStream(services, streamId, position).catch((error: unknown) => {
    if (!isDatabaseAway(error)) throw error
    return undefined
  })
}

type Read = ReadableStreamReadResult<FollowedItem>

/**
 * Reads items until they end, fail or the signal aborts, and releases them. A stream that fails has broken off. No
 * generator of its own: that would cost each event of each reader three more promises.
 */
function readUntil(leaving: AbortSignal, items: ReadableStream<FollowedItem>): { read(): Promise<Read> } & Disposable {
  const reader = items.getReader()
  const leave = () => void reader.cancel().catch(() => undefined)
  leaving.addEventListener("abort", leave)
  if (leaving.aborted) leave()
  return {
    read: () => reader.read().catch(() => ({ done: true, value: undefined })),
    [Symbol.dispose]() {
      leaving.removeEventListener("abort", leave)
      leave()
    },
  }
}
