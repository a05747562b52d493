import { beforeEach, expect, test, vi } from "vitest"
import type { EventId, MessageStatus } from "#lib/chat-protocol.ts"
import { caughtUp, type FollowedStream, type RelayItem } from "#lib/relay/relay.ts"
import type { ChatServices } from "#lib/turns/chat-services.ts"
import { watchProducer } from "#lib/turns/watch-producer.ts"

beforeEach(() => void vi.useFakeTimers())

/** The state of a stream's row, and its message once it has ended. */
interface Stored {
  isDead: boolean
  endsAs?: MessageStatus
  text?: string
  /** its end is in the log of its relay */
  isLogged?: boolean
}
const living: Stored = { isDead: false }

test("a follower whose producer lives waits as long as necessary", async () => {
  const reader = watched({ stored: living })
  expect(await reader.read()).toEqual({ done: false, value: caughtUp })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await Promise.race([reader.read(), "still waiting"])).toBe("still waiting")
})

test("a follower whose producer is dead is told so, after its last event and under an unused epoch", async () => {
  const items: RelayItem[] = [textEvent("1-6"), textEvent("1-7"), caughtUp]
  const ids = idsOf(watched({ stored: { isDead: true, endsAs: "INTERRUPTED", text: "1-61-7" }, items }))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await ids).toEqual(["1-6", "1-7", "3-8"])
})

test("a follower that lacks part of the stored text is cut off without an end, and reads it on its return", async () => {
  const items: RelayItem[] = [textEvent("1-6"), textEvent("1-7"), caughtUp]
  const ids = idsOf(watched({ stored: { isDead: true, endsAs: "INTERRUPTED", text: "1-61-71-8" }, items }))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await ids).toEqual(["1-6", "1-7"])
})

test("a follower resumed at a position is cut off without an end, because its earlier text is not known here", async () => {
  const ids = idsOf(watched({ stored: { isDead: true, endsAs: "INTERRUPTED" }, resume: "continued", position: "1-50" }))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await ids).toEqual([])
})

test("a follower whose answer another server has already marked is told so", async () => {
  const ids = idsOf(watched({ stored: { isDead: false, endsAs: "INTERRUPTED" }, items: [textEvent("1-6"), caughtUp] }))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await ids).toEqual(["1-6", "3-7"])
})

test("a follower whose stream has ended otherwise is cut off without an end, and reads it on its return", async () => {
  const ids = idsOf(watched({ stored: { isDead: false, endsAs: "STOPPED" }, items: [textEvent("1-6"), caughtUp] }))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await ids).toEqual(["1-6"])
})

test("a follower whose answer another server has finished meanwhile is not told of an interruption", async () => {
  const ids = idsOf(watched({ stored: { isDead: true, endsAs: "COMPLETE" }, items: [textEvent("1-6"), caughtUp] }))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await ids).toEqual(["1-6"])
})

test("an end in the log is sent by the log: followers that miss it are cut off at the next poll, without an id", async () => {
  const stored: Stored = { isDead: true, endsAs: "INTERRUPTED", isLogged: true }
  const reader = watched({ stored })
  expect(await reader.read()).toEqual({ done: false, value: caughtUp })
  await vi.advanceTimersByTimeAsync(5_000)
  const next = reader.read()
  expect(await Promise.race([next, "still waiting"])).toBe("still waiting")
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await next).toEqual({ done: true, value: undefined })
})

test("a follower that left during the check on its producer is left alone", async () => {
  const reader = watched({ stored: { isDead: true, endsAs: "INTERRUPTED" } })
  vi.advanceTimersByTime(5_000)
  await reader.cancel()
  await vi.advanceTimersByTimeAsync(1)
})

interface Watched {
  stored: Stored
  items?: RelayItem[]
  resume?: FollowedStream["resume"]
  position?: EventId
}

/** A follower of a stream that brings these items and then nothing more. */
function watched({ stored, items = [caughtUp], resume = "from-start", position }: Watched) {
  const stream = new ReadableStream<RelayItem>({
    start(controller) {
      for (const item of items) controller.enqueue(item)
    },
  })
  let { isDead } = stored
  let epoch = isDead ? 2 : 3
  const messageId = "an answer"
  const streams = {
    find: async () => ({ isDead, isRunning: isDead || stored.endsAs === undefined, messageId, epoch }),
    async claimDead() {
      isDead = false
      epoch += 1
    },
  }
  const messages = {
    find: async () => ({
      metadata: { status: stored.endsAs },
      parts: [{ type: "text", text: stored.text ?? "" }],
    }),
  }
  // All that is asked of the services where another process is faster.
  const services = {
    repository: { streams, messages },
    config: { continuesAfterCrash: false },
    running: { find: () => undefined },
    relay: { keepsLog: stored.isLogged ?? false },
    onProblem(error: unknown) {
      throw error
    },
  } as unknown as ChatServices
  return watchProducer(services, { streamId: "a stream", position }, { resume, items: stream }).items.getReader()
}

function textEvent(id: EventId): RelayItem {
  return { id, chunk: { type: "text-delta", id: "0", delta: id } }
}

async function idsOf(reader: ReadableStreamDefaultReader<RelayItem>): Promise<string[]> {
  const ids: string[] = []
  for (let next = await reader.read(); !next.done; next = await reader.read())
    if (next.value !== caughtUp) ids.push(next.value.id)
  return ids
}
