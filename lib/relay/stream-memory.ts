import { type EventId, endsStream, type StreamEvent } from "#lib/chat-protocol.ts"
import { mergeEvents } from "./merge-events.ts"
import { caughtUp, type FollowedStream, type FollowOptions, type RelayItem, type ResumeKind } from "./relay.ts"

/**
 * Holds a stream as this process knows it: all events so far. A reader is only a cursor into them, so a slow reader
 * costs no memory and a departed one costs nothing.
 */
export interface StreamMemory {
  readonly events: readonly StreamEvent[]
  readonly lastId: EventId | undefined
  /** true once the memory holds the event that ends the stream */
  readonly hasEnded: boolean
  readonly readers: number
  append(events: readonly StreamEvent[]): void
  /**
   * Removes the events after this one, or all if undefined: another producer continues from there. Readers that have
   * seen more are disconnected without an ending event.
   */
  rewindTo(id: EventId | undefined): void
  /** Ends the stream of every reader once it has read all events. */
  close(): void
  /** Returns all events one by one, for the first reader. */
  read(): ReadableStream<RelayItem>
  follow(position?: EventId, options?: FollowOptions): FollowedStream
}

export interface StreamMemoryOptions {
  /** called when the last reader has left */
  onIdle?: () => void
  /** how long a reader may leave available events unread (default 60 s) */
  patienceMs?: number
}

/** Events per pull: enough to be fast, few enough to let other readers run. */
const burst = 64

export function streamMemory({
  onIdle = () => undefined,
  patienceMs = 60_000,
}: StreamMemoryOptions = {}): StreamMemory {
  const events: StreamEvent[] = []
  const cursors = new Set<Cursor>()
  let isClosed = false

  interface Cursor {
    /** index of the reader's next event */
    next: number
    wake(): void
    disconnect(): void
  }

  function readerFrom(next: number, before: RelayItem[] = []): ReadableStream<RelayItem> {
    let waiting: PromiseWithResolvers<void> | undefined
    let isOver = memory.hasEnded && next >= events.length
    let timer: NodeJS.Timeout | undefined
    const cursor: Cursor = {
      next,
      wake: () => waiting?.resolve(),
      disconnect() {
        isOver = true
        waiting?.resolve()
      },
    }
    cursors.add(cursor)

    function leave(): void {
      clearTimeout(timer)
      if (cursors.delete(cursor) && cursors.size === 0) onIdle()
    }

    return new ReadableStream<RelayItem>(
      {
        async pull(controller) {
          clearTimeout(timer)
          for (const item of before.splice(0)) controller.enqueue(item)
          if (isOver) {
            controller.close()
            return leave()
          }
          while (cursor.next >= events.length && !isOver && !isClosed) {
            waiting = Promise.withResolvers()
            await waiting.promise
          }
          for (let count = 0; count < burst && !isOver; count++) {
            const event = events[cursor.next]
            if (!event) break
            cursor.next++
            controller.enqueue(event)
            if (endsStream(event.chunk)) isOver = true
          }
          if (isOver || (isClosed && cursor.next >= events.length)) {
            controller.close()
            return leave()
          }
          // A reader that asks for nothing in all this time is stuck rather than slow.
          timer = setTimeout(() => {
            controller.error(new Error("the reader left available data unread"))
            leave()
          }, patienceMs)
        },
        cancel: leave,
      },
      // No event is copied for a reader before it asks.
      { highWaterMark: 0 },
    )
  }

  const memory: StreamMemory = {
    events,
    get lastId() {
      return events.at(-1)?.id
    },
    get hasEnded() {
      const last = events.at(-1)
      return last !== undefined && endsStream(last.chunk)
    },
    get readers() {
      return cursors.size
    },
    append(added) {
      for (const event of added) events.push(event)
      for (const cursor of cursors) cursor.wake()
    },
    rewindTo(id) {
      const kept = id === undefined ? 0 : indexAfter(events, id)
      events.length = kept
      for (const cursor of cursors) if (cursor.next > kept) cursor.disconnect()
    },
    close() {
      isClosed = true
      for (const cursor of cursors) cursor.wake()
    },
    read: () => readerFrom(0),
    follow(position, { isMerged = true } = {}) {
      const start = position === undefined ? 0 : indexAfter(events, position)
      const resume: ResumeKind = position === undefined ? "from-start" : start === 0 ? "reset" : "continued"
      const missed = events.slice(start)
      const backlog = isMerged ? mergeEvents(missed) : missed
      return { resume, items: readerFrom(events.length, [...backlog, caughtUp]) }
    },
  }
  return memory
}

/** Finds the index of the event after the one with this id; 0 if there is none. */
function indexAfter(events: readonly StreamEvent[], id: EventId): number {
  return events.findLastIndex((event) => event.id === id) + 1
}
