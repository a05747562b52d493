import { type EventId, endsStream, type StreamEvent } from "#lib/chat-protocol.ts"
import { mergeEvents } from "./merge-events.ts"
import { caughtUp, type FollowedStream, type RelayItem, type ResumeKind } from "./relay.ts"

/**
 * A stream as one process has it: every event so far. A reader is a place in it and nothing more, so that a slow one
 * costs no memory of its own and a gone one costs nothing.
 */
export interface StreamMemory {
  readonly events: readonly StreamEvent[]
  readonly lastId: EventId | undefined
  /** the event that ends the stream is there */
  readonly hasEnded: boolean
  readonly readers: number
  append(events: readonly StreamEvent[]): void
  /**
   * Another process goes on from this event, or anew where there is none: what came after it is taken back.
   * Readers that have seen more are cut off without an end.
   */
  rewindTo(id: EventId | undefined): void
  /** Cuts every reader off that has not reached the stream's end. */
  close(): void
  /** For the first reader: all events, one by one. */
  read(): ReadableStream<RelayItem>
  follow(position?: EventId): FollowedStream
}

export interface StreamMemoryOptions {
  /** told when the last reader has left */
  onIdle?: () => void
  /** how long a reader may leave waiting what is there for it (default 60 s) */
  patienceMs?: number
}

/** Events handed over in one go: enough to be quick, few enough to let others have their turn. */
const burst = 64

export function streamMemory({
  onIdle = () => undefined,
  patienceMs = 60_000,
}: StreamMemoryOptions = {}): StreamMemory {
  const events: StreamEvent[] = []
  const places = new Set<Place>()
  let isClosed = false

  interface Place {
    /** index of the next event this reader gets */
    next: number
    wake(): void
    cutOff(): void
  }

  function readerFrom(next: number, before: RelayItem[] = []): ReadableStream<RelayItem> {
    let waiting: PromiseWithResolvers<void> | undefined
    let isOver = memory.hasEnded && next >= events.length
    let timer: NodeJS.Timeout | undefined
    const place: Place = {
      next,
      wake: () => waiting?.resolve(),
      cutOff() {
        isOver = true
        waiting?.resolve()
      },
    }
    places.add(place)

    function leave(): void {
      clearTimeout(timer)
      if (places.delete(place) && places.size === 0) onIdle()
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
          while (place.next >= events.length && !isOver && !isClosed) {
            waiting = Promise.withResolvers()
            await waiting.promise
          }
          for (let count = 0; count < burst && !isOver; count++) {
            const event = events[place.next]
            if (!event) break
            place.next++
            controller.enqueue(event)
            if (endsStream(event.chunk)) isOver = true
          }
          if (isOver || (isClosed && place.next >= events.length)) {
            controller.close()
            return leave()
          }
          // Asked for nothing more in all this time, it is not slow but stuck.
          timer = setTimeout(() => {
            controller.error(new Error("the reader did not take what was there for it"))
            leave()
          }, patienceMs)
        },
        cancel: leave,
      },
      // Nothing is taken out for a reader before it asks.
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
      return places.size
    },
    append(added) {
      for (const event of added) events.push(event)
      for (const place of places) place.wake()
    },
    rewindTo(id) {
      const kept = id === undefined ? 0 : indexAfter(events, id)
      events.length = kept
      for (const place of places) if (place.next > kept) place.cutOff()
    },
    close() {
      isClosed = true
      for (const place of places) place.wake()
    },
    read: () => readerFrom(0),
    follow(position) {
      const start = position === undefined ? 0 : indexAfter(events, position)
      const resume: ResumeKind = position === undefined ? "from-start" : start === 0 ? "reset" : "continued"
      const backlog = mergeEvents(events.slice(start))
      return { resume, items: readerFrom(events.length, [...backlog, caughtUp]) }
    },
  }
  return memory
}

/** @returns the index of the event after the one with this id; 0 where it is not there */
function indexAfter(events: readonly StreamEvent[], id: EventId): number {
  return events.findLastIndex((event) => event.id === id) + 1
}
