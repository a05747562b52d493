import { setTimeout as wait } from "node:timers/promises"
import { type EventId, endsStream, type StreamEvent } from "#lib/chat-protocol.ts"
import { caughtUp, type Relay, type RelayItem, type ResumeKind } from "#lib/relay/relay.ts"
import { hangMs } from "../within.ts"

export interface RelayReader {
  readonly items: RelayItem[]
  readonly events: StreamEvent[]
  text(): string
  /** Waits until the text contains this. @throws if the stream ends before */
  until(words: string): Promise<void>
  untilCaughtUp(): Promise<void>
  /** Waits for the stream's end. @returns the text, and whether the stream's own end was among it */
  toTheEnd(): Promise<{ text: string; isWhole: boolean }>
  leave(): Promise<void>
}

/** Reads whatever comes, from now on. */
export function readRelay(stream: ReadableStream<RelayItem>): RelayReader {
  const items: RelayItem[] = []
  const reader = stream.getReader()
  let isOver = false
  let changed = Promise.withResolvers<void>()
  void pump()

  async function pump(): Promise<void> {
    for (;;) {
      const next = await reader.read()
      if (next.done) isOver = true
      else items.push(next.value)
      changed.resolve()
      changed = Promise.withResolvers()
      if (next.done) return
    }
  }

  async function waitFor(isThere: () => boolean, what: string): Promise<void> {
    while (!isThere()) {
      if (isOver) throw new Error(`the stream ended at "${self.text()}", before "${what}"`)
      await changed.promise
    }
  }

  const self: RelayReader = {
    items,
    get events() {
      return items.filter((item) => item !== caughtUp)
    },
    text: () => self.events.map(({ chunk }) => (chunk.type === "text-delta" ? chunk.delta : "")).join(""),
    until: (words) => waitFor(() => self.text().includes(words), words),
    untilCaughtUp: () => waitFor(() => items.includes(caughtUp), caughtUp),
    async toTheEnd() {
      while (!isOver) await changed.promise
      const last = self.events.at(-1)
      return { text: self.text(), isWhole: last !== undefined && endsStream(last.chunk) }
    },
    leave: () => reader.cancel(),
  }
  return self
}

/** Follows a stream that runs, as soon as it can be found, and returns once the backlog was read. */
export async function follow(
  relay: Relay,
  streamId: string,
  position?: EventId,
): Promise<RelayReader & { resume: ResumeKind }> {
  const startedAtMs = performance.now()
  let followed = await relay.resumeExistingStream(streamId, position)
  while (!followed) {
    if (performance.now() - startedAtMs > hangMs) throw new Error("there is nothing to follow")
    await wait(10)
    followed = await relay.resumeExistingStream(streamId, position)
  }
  const reader = readRelay(followed.items)
  await reader.untilCaughtUp()
  return Object.assign(reader, { resume: followed.resume })
}

export interface PersistentReader {
  text(): string
  /** settles with the whole text once the stream's own end was read */
  readonly whole: Promise<string>
}

/** Follows as a browser does: once disconnected, it returns with its position. */
export function followPersistently(relay: Relay, streamId: string): PersistentReader {
  const events: StreamEvent[] = []
  let current: RelayReader | undefined
  const textOf = (read: StreamEvent[]) =>
    read.map(({ chunk }) => (chunk.type === "text-delta" ? chunk.delta : "")).join("")
  const text = () => textOf([...events, ...(current?.events ?? [])])

  async function readWhole(): Promise<string> {
    for (;;) {
      const followed = await relay.resumeExistingStream(streamId, events.at(-1)?.id)
      if (followed) {
        if (followed.resume === "reset") throw new Error("a reader that misses nothing is never reset")
        current = readRelay(followed.items)
        const { isWhole } = await current.toTheEnd()
        events.push(...current.events)
        current = undefined
        if (isWhole) return text()
      }
      await wait(10)
    }
  }

  return { text, whole: readWhole() }
}
