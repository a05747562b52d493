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
  /** how many of the memory's events are in the log already: those of the producer before */
  written: number
  /** between two batches (100 ms over TCP) */
  flushEveryMs: number
  /** how long the log is kept after the stream's end */
  retentionMs: number
  /** the store has failed, and takes entries again: what else it knew of the stream may be gone */
  onReturn: () => void
  /** a producer of a later epoch writes this log now */
  onReplaced: () => void
  onProblem: (error: unknown) => void
}

export interface LogWriter {
  /** how many of the memory's events are in the log */
  readonly written: number
  /** how many of the memory's events are not, and for how long at most that has been so */
  readonly lag: { events: number; ms: number }
  /** There is more in the memory. Never waits, never throws. */
  note(): void
  /** @returns once all that is in the memory is in the log, or nothing more can be written */
  finish(): Promise<void>
}

const batchBytes = 16_384
/** For as long as an answer can take; a log whose producer died is gone then. */
const runningTtlMs = 3_600_000
/**
 * For as long as a store may be away at a stream's end. Later nobody needs the log: who followed elsewhere has found the
 * whole answer in the database. So an outage does not keep all that ends meanwhile in memory.
 */
const finishWithinMs = 30_000
/** A store that is back has the whole stream again within a second, its link's own part of it included. */
const longestPauseMs = 400

/** Carries a stream from the producer's memory to the log: in batches, one at a time, and nobody waits for it. */
export function logWriter(options: LogWriterOptions): LogWriter {
  const { store, key, memory, flushEveryMs, onProblem } = options
  let written = options.written
  let bytesWaiting = 0
  let seen = written
  let isOver = false
  let behindSinceMs: number | undefined
  let hasFailed = false
  let needsTtl = written === 0
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
      // What came meanwhile rides in the next batch, unless it is the last.
      if (!isFinishing && written > 0 && bytesWaiting < batchBytes) break
    }
    if (written < memory.events.length && !isOver) schedule()
  }

  async function hasWrittenBatch(): Promise<boolean> {
    try {
      // To put a batch together only to have it refused is dear where many streams wait.
      if (!store.isReachable) throw new LinkDown("the store is out of reach")
      await writeBatch()
      if (needsTtl && written > 0) {
        await store.expire(key, runningTtlMs)
        needsTtl = false
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
    const outcome = await store.append(key, id, value, { mustExist: !isNew })
    if (outcome === "appended") {
      written += eventCount
      behindSinceMs = written < memory.events.length ? batchedAtMs : undefined
      if (hasFailed) options.onReturn()
      hasFailed = false
    } else if (outcome === "lost") {
      // Restarted or evicted: everything is here, and gets the same ids again.
      written = 0
      hasFailed = true
      needsTtl = true
    } else await learnFromRefusal(id)
  }

  /** Either a later producer writes here, or an append of ours took effect although its answer got lost. */
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
      for (; seen < memory.events.length; seen++) bytesWaiting += sizeOf(memory.events[seen])
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
      if (!isOver) await store.expire(key, options.retentionMs).catch(onProblem)
    },
  }
}
