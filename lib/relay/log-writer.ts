import { setTimeout as wait } from "node:timers/promises"
import type { EventId } from "#lib/chat-protocol.ts"
import { partsOf } from "./event-order.ts"
import { nextEntry, sizeOf } from "./log-entry.ts"
import { LinkDown, type Store } from "./stores/store.ts"
import type { StreamMemory } from "./stream-memory.ts"

export interface LogWriterOptions {
  store: Pick<Store, "isReachable" | "fits" | "append" | "readLast" | "expire">
  key: string
  memory: StreamMemory
  /** number of the memory's events that the log already holds: those of the previous producer */
  written: number
  /** time between two batches (100 ms over TCP) */
  flushEveryMs: number
  /** how long the log is kept after the stream's end */
  retentionMs: number
  /** called when a store that failed accepts entries again: its other keys of this stream may be lost */
  onReturn: () => void
  /** called when a producer of a later epoch writes this log */
  onReplaced: () => void
  onProblem: (error: unknown) => void
}

export interface LogWriter {
  /** number of the memory's events that the log holds */
  readonly written: number
  /** number of events that the log lacks, and the longest any of them can have waited */
  readonly lag: { events: number; ms: number }
  /** Schedules the memory's new events for writing. Never waits, never throws. */
  note(): void
  /** Writes the remaining events. @returns once the log holds all of them, or nothing more can be written */
  finish(): Promise<void>
}

const batchBytes = 16_384
/** As long as an answer can take; after it, the log of a dead producer is gone. */
const runningTtlMs = 3_600_000
/**
 * How long an ended stream waits for a store that is away. Later its log is useless, since followers elsewhere find the
 * whole answer in the database; without a limit an outage would keep every ended stream in memory.
 */
const finishWithinMs = 30_000
/** Short enough that a store that returns holds the whole stream within a second, the link's own delay included. */
const longestPauseMs = 400

/** Copies a stream from the producer's memory to the log, in batches and one at a time. No reader waits for it. */
export function logWriter(options: LogWriterOptions): LogWriter {
  const { store, key, memory, flushEveryMs, onProblem } = options
  let written = options.written
  let bytesWaiting = 0
  let countedEvents = written
  let isOver = false
  let behindSinceMs: number | undefined
  let hasFailed = false
  /** the expiry that the log has; undefined: none, or it is not known */
  let ttlMs = written === 0 ? undefined : runningTtlMs
  let isFinishing = false
  let timer: NodeJS.Timeout | undefined
  let flushing: Promise<void> | undefined

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    flushing ??= write().finally(() => {
      flushing = undefined
    })
    return flushing
  }

  async function write(): Promise<void> {
    bytesWaiting = 0
    for (let pauseMs = 100; written < memory.events.length && !isOver; ) {
      if (await hasWrittenBatch()) pauseMs = 100
      else {
        await wait(pauseMs)
        pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      }
      // Events that arrived meanwhile ride in the next batch, unless this is the last.
      if (!isFinishing && written > 0 && bytesWaiting < batchBytes) break
    }
    if (written < memory.events.length && !isOver) schedule()
  }

  async function hasWrittenBatch(): Promise<boolean> {
    try {
      // Building a batch that will be refused is expensive when many streams wait.
      if (!store.isReachable) throw new LinkDown("the store is out of reach")
      await writeBatch()
      if (ttlMs === undefined && written > 0) {
        await store.expire(key, runningTtlMs)
        ttlMs = runningTtlMs
      }
      return true
    } catch (error) {
      hasFailed = true
      onProblem(error)
      return false
    }
  }

  async function writeBatch(): Promise<void> {
    const isNew = written === 0
    const batchedAtMs = performance.now()
    const { id, value, eventCount } = nextEntry(memory.events, written, store.fits)
    // A stream that ended before its first batch has no other.
    const firstTtlMs = isFinishing ? options.retentionMs : runningTtlMs
    const outcome = await store.append(key, id, value, { mustExist: !isNew, ttlMs: isNew ? firstTtlMs : undefined })
    if (outcome === "appended") {
      if (isNew) ttlMs = firstTtlMs
      written += eventCount
      behindSinceMs = written < memory.events.length ? batchedAtMs : undefined
      if (hasFailed) options.onReturn()
      hasFailed = false
    } else if (outcome === "lost") {
      // The store has restarted or evicted the log: the memory has all events, so they are written again under the same
      // ids.
      written = 0
      hasFailed = true
      ttlMs = undefined
    } else await learnFromRefusal(id)
  }

  /**
   * Finds out why an append was refused: a later producer writes here, or an earlier append succeeded but its reply was
   * lost.
   */
  async function learnFromRefusal(id: EventId): Promise<void> {
    const last = (await store.readLast(key))?.id
    const isOurs = last !== undefined && partsOf(last).epoch <= partsOf(id).epoch
    const index = memory.events.findLastIndex((event) => event.id === last)
    if (isOurs && index >= 0) written = index + 1
    else {
      isOver = true
      options.onReplaced()
    }
  }

  function schedule(): void {
    timer ??= setTimeout(() => void flush(), flushEveryMs)
  }

  return {
    get written() {
      return written
    },
    get lag() {
      const events = isOver ? 0 : memory.events.length - written
      return { events, ms: events > 0 && behindSinceMs !== undefined ? performance.now() - behindSinceMs : 0 }
    },
    note() {
      for (; countedEvents < memory.events.length; countedEvents++) bytesWaiting += sizeOf(memory.events[countedEvents])
      if (isOver) return
      behindSinceMs ??= performance.now()
      if (bytesWaiting >= batchBytes) void flush()
      else schedule()
    },
    async finish() {
      isFinishing = true
      const givingUp = setTimeout(() => {
        isOver = true
      }, finishWithinMs)
      while (written < memory.events.length && !isOver) await flush()
      clearTimeout(givingUp)
      const { retentionMs } = options
      if (!isOver && ttlMs !== retentionMs) await store.expire(key, retentionMs).catch(onProblem)
    },
  }
}
