import { type EventId, endsStream, type StreamEvent } from "#lib/chat-protocol.ts"
import { endOfSlice, mergeEvents } from "#lib/chunks/merge-events.ts"
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
/** Text per pull of a merged backlog: what a reader holds of it, however long the answer is. */
const sliceChars = 65_536

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
    /** Removes what comes after the first `kept` events; a reader that has more is disconnected. */
    rewind(kept: number): void
  }

  interface Backlog {
    /** number of events that were there when the reader came; the mark follows the last of them */
    until: number
    isMerged: boolean
  }

  function readerFrom(next: number, given?: Backlog): ReadableStream<RelayItem> {
    let backlog = given
    let waiting: PromiseWithResolvers<void> | undefined
    let isOver = given === undefined && memory.hasEnded && next >= events.length
    let timer: NodeJS.Timeout | undefined
    const cursor: Cursor = {
      next,
      wake: () => waiting?.resolve(),
      rewind(kept) {
        if (backlog) backlog.until = Math.min(backlog.until, kept)
        if (cursor.next <= kept) return
        isOver = true
        backlog = undefined
        waiting?.resolve()
      },
    }
    cursors.add(cursor)

    function leave(): void {
      clearTimeout(timer)
      if (cursors.delete(cursor) && cursors.size === 0) onIdle()
    }

    type Controller = ReadableStreamDefaultController<RelayItem>

    /** The backlog stays here until it is asked for, so that an unread one of any length takes no memory. */
    function sendSlice({ until, isMerged }: Backlog, controller: Controller): void {
      const end = isMerged ? endOfSlice(events, cursor.next, until, sliceChars) : Math.min(cursor.next + burst, until)
      const slice = events.slice(cursor.next, end)
      send(isMerged ? mergeEvents(slice) : slice, controller)
      cursor.next = end
      if (end < until && !isOver) return
      controller.enqueue(caughtUp)
      backlog = undefined
    }

    function send(sent: readonly StreamEvent[], controller: Controller): void {
      for (const event of sent) {
        controller.enqueue(event)
        if (endsStream(event.chunk)) isOver = true
      }
    }

    return new ReadableStream<RelayItem>(
      {
        async pull(controller) {
          clearTimeout(timer)
          if (isOver) {
            controller.close()
            return leave()
          }
          while (!backlog && cursor.next >= events.length && !isOver && !isClosed) {
            waiting = Promise.withResolvers()
            await waiting.promise
          }
          if (backlog) sendSlice(backlog, controller)
          else if (!isOver) {
            const live = events.slice(cursor.next, cursor.next + burst)
            cursor.next += live.length
            send(live, controller)
          }
          if (isOver || (isClosed && !backlog && cursor.next >= events.length)) {
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
      for (const cursor of cursors) cursor.rewind(kept)
    },
    close() {
      isClosed = true
      for (const cursor of cursors) cursor.wake()
    },
    read: () => readerFrom(0),
    follow(position, { isMerged = true } = {}) {
      const start = position === undefined ? 0 : indexAfter(events, position)
      const resume: ResumeKind = position === undefined ? "from-start" : start === 0 ? "reset" : "continued"
      return { resume, items: readerFrom(start, { until: events.length, isMerged }) }
    },
  }
  return memory
}

/** Finds the index of the event after the one with this id; 0 if there is none. */
function indexAfter(events: readonly StreamEvent[], id: EventId): number {
  return events.findLastIndex((event) => event.id === id) + 1
}
