import { setTimeout as wait } from "node:timers/promises"
import { type EventId, eventId, type StreamEvent } from "#lib/chat-protocol.ts"
import { partsOf } from "./event-order.ts"
import { decodeEntry, EntryUnreadable, type LogEntry } from "./log-entry.ts"
import type { Store, Subscription } from "./stores/store.ts"
import { type StreamMemory, streamMemory } from "./stream-memory.ts"

export interface LogMirrorOptions {
  store: Pick<Store, "readAfter" | "subscribe">
  key: string
  channel: string
  /** tells the producer that somebody follows here */
  announce: () => Promise<void>
  /** nobody reads any more, or the stream has ended */
  onOver: () => void
  onProblem: (error: unknown) => void
}

export interface LogMirror {
  readonly memory: StreamMemory
  /**
   * Looks at the log now.
   * @returns false where the store does not answer: nobody can say how outdated this copy is
   */
  refresh(): Promise<boolean>
  /** Hands the memory over, readers and all, to who produces from now on in this process. */
  adopt(): StreamMemory
  close(): Promise<void>
}

/**
 * Pub/sub is a hint and the log the truth: after this long without news a mirror looks for itself. So each of its readers
 * knows of the stream's end within a second of it, though no message tells.
 */
const silenceMs = 500
/** A producer that cannot reach a mirror forgets it. */
const announceEveryMs = 2_000
/** The doorbell runs ahead of the log by as much as a batch takes. */
const logLagMs = 100
/** While something is missing. */
const looksPerAnnouncement = 5
const entriesPerRead = 200

/**
 * The copy of a stream that another process produces, for all who follow it in this one: one subscription, one reading
 * of the log. It listens first, then reads the log, then goes live; what it has seen it drops, what it misses it reads.
 * @returns undefined where there is no log
 * @throws StoreUnavailable
 */
export async function openLogMirror(options: LogMirrorOptions): Promise<LogMirror | undefined> {
  const { store, key, channel, onProblem } = options
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  let subscription: Subscription | undefined
  const memory = streamMemory({ onIdle: () => void close() })
  const heard: LogEntry[] = []
  let isApplying = false
  let announcedAtMs = 0
  let refreshing: Promise<boolean> | undefined

  async function close(): Promise<void> {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    options.onOver()
    memory.close()
    await subscription?.close()
  }

  function hear(text: string): void {
    try {
      heard.push(decodeEntry(text))
      if (timer) void applyHeard()
    } catch (error) {
      onProblem(error)
    }
  }

  /** What is missing comes with the log, which lags behind; or is asked for, where the log takes nothing any more. */
  async function applyHeard(): Promise<void> {
    if (isApplying) return
    isApplying = true
    try {
      for (let looks = 1; !appliedAllHeard() && !isOver; looks++) {
        await wait(logLagMs)
        await readLog()
        if (looks % looksPerAnnouncement === 0) await announce()
      }
    } catch (error) {
      // The store is out of reach: what was heard is dropped, and the next look at the log makes up for it.
      heard.length = 0
      onProblem(error)
    } finally {
      isApplying = false
      rest()
    }
  }

  /** @returns false where something waits for what comes before it */
  function appliedAllHeard(): boolean {
    for (let waiting = heard.length + 1; heard.length > 0 && heard.length < waiting; ) {
      waiting = heard.length
      heard.push(...heard.splice(0).filter((entry) => apply(memory, entry) === "gap"))
    }
    return heard.length === 0
  }

  /** Who follows here cannot be told what a newer version writes: so they are cut off, and find the stored answer. */
  async function readLog(): Promise<void> {
    try {
      await readLogInto(memory, store, key)
    } catch (error) {
      if (error instanceof EntryUnreadable) void close()
      throw error
    }
  }

  /** Until there is news, or for so long that we had better look. */
  function rest(): void {
    clearTimeout(timer)
    if (memory.hasEnded) return void close()
    if (!isOver) timer = setTimeout(() => void look(), silenceMs)
  }

  async function look(): Promise<void> {
    const known = memory.lastId
    const isCurrent = await refresh()
    const isForgotten = memory.lastId !== known || performance.now() - announcedAtMs > announceEveryMs
    if (isCurrent && isForgotten && !memory.hasEnded) await announce().catch(onProblem)
    rest()
  }

  function announce(): Promise<void> {
    announcedAtMs = performance.now()
    return options.announce()
  }

  /** However many want to know at once, the log is read once. */
  function refresh(): Promise<boolean> {
    refreshing ??= readLog()
      .then(
        () => true,
        (error: unknown) => {
          onProblem(error)
          return false
        },
      )
      .finally(() => {
        refreshing = undefined
      })
    return refreshing
  }

  subscription = await store.subscribe(channel, hear)
  try {
    await announce()
    await readLog()
  } catch (error) {
    await close()
    throw error
  }
  if (memory.lastId === undefined) {
    await close()
    return undefined
  }
  rest()
  if (heard.length > 0) void applyHeard()
  return {
    memory,
    refresh,
    close,
    adopt() {
      isOver = true
      clearTimeout(timer)
      options.onOver()
      void subscription?.close()
      return memory
    },
  }
}

/** Adds what the log has beyond the memory. @throws StoreUnavailable, EntryUnreadable */
export async function readLogInto(memory: StreamMemory, store: Pick<Store, "readAfter">, key: string): Promise<void> {
  for (;;) {
    const rows = await store.readAfter(key, memory.lastId, entriesPerRead)
    for (const { value } of rows) apply(memory, decodeEntry(value))
    if (rows.length < entriesPerRead) return
  }
}

/**
 * Adds to the memory what is new in an entry. A later epoch goes on from the event it names, or begins anew; what was
 * known beyond that is taken back.
 */
function apply(memory: StreamMemory, entry: LogEntry): "applied" | "gap" {
  const last = memory.lastId
  if (last === undefined) {
    if (entry.after !== undefined) return "gap"
    memory.append(entry.events)
    return "applied"
  }
  const lastPlace = partsOf(last)
  const place = partsOf(entry.id)
  if (place.epoch < lastPlace.epoch) return "applied"
  if (place.epoch > lastPlace.epoch) {
    if (entry.after !== undefined && !memory.events.some((event) => event.id === entry.after)) return "gap"
    if (entry.after !== last) memory.rewindTo(entry.after)
    memory.append(entry.events)
    return "applied"
  }
  const fresh = entry.events.filter((event) => partsOf(event.id).seq > lastPlace.seq)
  const first: StreamEvent | undefined = fresh[0]
  if (first && first.id !== idAfter(last)) return "gap"
  memory.append(fresh)
  return "applied"
}

function idAfter(id: EventId): EventId {
  const { epoch, seq } = partsOf(id)
  return eventId(epoch, seq + 1)
}
