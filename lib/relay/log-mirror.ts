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
  /** tells the producer that this process follows */
  announce: () => Promise<void>
  /** called when the last reader has left, or the stream has ended */
  onOver: () => void
  onProblem: (error: unknown) => void
}

export interface LogMirror {
  readonly memory: StreamMemory
  /** Reads the log now. @returns false if the store does not answer, so this copy may be outdated */
  refresh(): Promise<boolean>
  /** Hands the memory with its readers to the stream's new producer in this process. */
  adopt(): StreamMemory
  close(): Promise<void>
}

/**
 * Pub/sub is a hint and the log is the truth: after this long without a message a mirror reads the log. So its readers
 * learn of the stream's end within a second even if the message that announces it is lost.
 */
const pollAfterMs = 500
/** Repeated, because a producer whose message reached no mirror has stopped publishing. */
const announceEveryMs = 2_000
/** The doorbell is ahead of the log by up to one batch. */
const logLagMs = 100
/** Applies while events are missing. */
const readsPerAnnouncement = 5
const entriesPerRead = 200

/**
 * Opens this process's copy of a stream that another process produces: one subscription and one read of the log serve
 * all local followers. It subscribes first, then reads the log, then goes live, dropping duplicates and reading what it
 * missed.
 * @returns undefined if there is no log
 * @throws StoreUnavailable
 */
export async function openLogMirror(options: LogMirrorOptions): Promise<LogMirror | undefined> {
  const { store, key, channel, onProblem } = options
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  let subscription: Subscription | undefined
  const memory = streamMemory({ onIdle: () => void close() })
  const received: LogEntry[] = []
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

  function onMessage(text: string): void {
    try {
      received.push(decodeEntry(text))
      if (timer) void applyReceived()
    } catch (error) {
      onProblem(error)
    }
  }

  /**
   * Applies what was received. Missing events arrive in the log a little later; if the log no longer accepts them,
   * announcing makes the producer resend them.
   */
  async function applyReceived(): Promise<void> {
    if (isApplying) return
    isApplying = true
    try {
      for (let reads = 1; !hasAppliedAll() && !isOver; reads++) {
        await wait(logLagMs)
        await readLog()
        if (reads % readsPerAnnouncement === 0) await announce()
      }
    } catch (error) {
      // The store is out of reach: the received entries are dropped, and the next poll reads them from the log.
      received.length = 0
      onProblem(error)
    } finally {
      isApplying = false
      schedulePoll()
    }
  }

  /** Applies received entries in any order that fits. @returns false if one still waits for an earlier one */
  function hasAppliedAll(): boolean {
    for (let waiting = received.length + 1; received.length > 0 && received.length < waiting; ) {
      waiting = received.length
      received.push(...received.splice(0).filter((entry) => apply(memory, entry) === "gap"))
    }
    return received.length === 0
  }

  /** Reads the log. An unreadable entry closes the mirror: its readers are disconnected and find the stored answer. */
  async function readLog(): Promise<void> {
    try {
      await readLogInto(memory, store, key)
    } catch (error) {
      if (error instanceof EntryUnreadable) void close()
      throw error
    }
  }

  /** Schedules the next poll, which a message postpones. */
  function schedulePoll(): void {
    clearTimeout(timer)
    if (memory.hasEnded) return void close()
    if (!isOver) timer = setTimeout(() => void poll(), pollAfterMs)
  }

  async function poll(): Promise<void> {
    const known = memory.lastId
    const isCurrent = await refresh()
    const mayBeForgotten = memory.lastId !== known || performance.now() - announcedAtMs > announceEveryMs
    if (isCurrent && mayBeForgotten && !memory.hasEnded) await announce().catch(onProblem)
    schedulePoll()
  }

  function announce(): Promise<void> {
    announcedAtMs = performance.now()
    return options.announce()
  }

  /** Reads the log once for all concurrent callers. */
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

  subscription = await store.subscribe(channel, onMessage)
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
  schedulePoll()
  if (received.length > 0) void applyReceived()
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

/** Appends to the memory the events that only the log has. @throws StoreUnavailable, EntryUnreadable */
export async function readLogInto(memory: StreamMemory, store: Pick<Store, "readAfter">, key: string): Promise<void> {
  for (;;) {
    const rows = await store.readAfter(key, memory.lastId, entriesPerRead)
    for (const { value } of rows) apply(memory, decodeEntry(value))
    if (rows.length < entriesPerRead) return
  }
}

/**
 * Appends an entry's new events to the memory. A later epoch continues from the event it names, or starts over; events
 * beyond that point are removed.
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
