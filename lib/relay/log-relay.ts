/**
 * The default relay: a stream lives in its producer's memory, which serves the readers of that process, and in a log,
 * which serves all others. No reader waits for the log. Event id, log entry id and fencing token are one thing,
 * `<epoch>-<seq>`: the store itself refuses entries that are repeated, out of order, or from a producer that has been
 * replaced.
 */
import { randomUUID } from "node:crypto"
import { z } from "zod"
import { endsStream, type StreamEvent } from "#lib/chat-protocol.ts"
import { parsedJson } from "#lib/parsed-json.ts"
import { type Doorbell, doorbell } from "./doorbell.ts"
import { drainSource } from "./drain-source.ts"
import { placeAfter } from "./event-order.ts"
import { decodeEntry, EntryUnreadable } from "./log-entry.ts"
import { type LogMirror, openLogMirror, readLogInto } from "./log-mirror.ts"
import { type LogWriter, logWriter } from "./log-writer.ts"
import type { Relay } from "./relay.ts"
import type { Store, Subscription } from "./stores/store.ts"
import { type StreamMemory, streamMemory } from "./stream-memory.ts"

export interface LogRelayOptions {
  store: Store
  /** prefix of every key and channel */
  keyPrefix?: string
  /** time between two batches of events (default 100 ms; 300 over REST) */
  flushEveryMs?: number
  /** how long a log is kept after its stream's end (default 10 minutes) */
  retentionMs?: number
  /** how long a process without streams stays subscribed, so that the next need not subscribe again (default 30 s) */
  listenOnMs?: number
  onProblem?: (error: unknown, streamId?: string) => void
}

interface OwnStream {
  memory: StreamMemory
  writer: LogWriter
  bell: Doorbell
  /** true once another process produces the stream: what this one has may differ from the log */
  isReplaced: boolean
  onStop: () => void
}

const messageSchema = z.object({ kind: z.enum(["follow", "stop"]), streamId: z.string() })
const producerTtlMs = 3_600_000

export function logRelay(options: LogRelayOptions): Relay {
  const {
    store,
    keyPrefix = "rejoin",
    retentionMs = 600_000,
    listenOnMs = 30_000,
    onProblem = () => undefined,
  } = options
  const flushEveryMs = options.flushEveryMs ?? (store.name === "upstash" ? 300 : 100)
  const processId = randomUUID()
  const ownStreams = new Map<string, OwnStream>()
  const mirrors = new Map<string, Promise<LogMirror | undefined>>()
  const mirrorMemories = new Map<string, StreamMemory>()
  let producedEvents = 0
  let listening: Promise<Subscription> | undefined
  let idleTimer: NodeJS.Timeout | undefined
  let isNoiseReported = false
  let isStoreUp = true
  // The ping is not awaited: a stream that opens before the answer is reported as shared.
  void store.ping().then((answers) => {
    isStoreUp = answers
  })

  // Braces keep a stream's keys in one slot of a Redis Cluster; channels have no slots.
  const logKey = (streamId: string) => `${keyPrefix}:{${streamId}}:log`
  const producerKey = (streamId: string) => `${keyPrefix}:{${streamId}}:producer`
  const bellChannel = (streamId: string) => `${keyPrefix}:bell:${streamId}`
  const processChannel = (id: string) => `${keyPrefix}:process:${id}`

  /** Publishes this process as the stream's producer; subscribes to the process's channel with its first stream. */
  function registerProducer(streamId: string): void {
    clearTimeout(idleTimer)
    listening ??= store.subscribe(processChannel(processId), onMessage)
    const found = Promise.all([listening, store.set(producerKey(streamId), processId, producerTtlMs)])
    found.then(
      () => {
        isStoreUp = true
      },
      (error: unknown) => {
        listening = undefined
        isStoreUp = false
        onProblem(error, streamId)
      },
    )
  }

  function onMessage(text: string): void {
    const json = parsedJson(text)
    if (json === undefined && !isNoiseReported) {
      isNoiseReported = true
      onProblem(
        new Error("another program publishes on this process's channel; messages that are not JSON are ignored"),
      )
    }
    const message = messageSchema.safeParse(json)
    const stream = message.success && ownStreams.get(message.data.streamId)
    if (!stream) return
    if (message.data.kind === "stop") stream.onStop()
    else stream.bell.announce(stream.writer.written)
  }

  async function messageProducer(kind: "follow" | "stop", streamId: string): Promise<void> {
    const producer = await store.get(producerKey(streamId))
    if (producer) await store.publish(processChannel(producer), JSON.stringify({ kind, streamId }))
  }

  function openMirror(streamId: string): Promise<LogMirror | undefined> {
    const opening = openLogMirror({
      store,
      key: logKey(streamId),
      channel: bellChannel(streamId),
      announce: () => messageProducer("follow", streamId),
      onOver() {
        mirrors.delete(streamId)
        mirrorMemories.delete(streamId)
      },
      onProblem: (error) => onProblem(error, streamId),
    })
    mirrors.set(streamId, opening)
    // A mirror that failed to open is forgotten, so the next follower tries again.
    void opening.then(
      (mirror) =>
        mirror
          ? mirrors.get(streamId) === opening && mirrorMemories.set(streamId, mirror.memory)
          : mirrors.delete(streamId),
      () => mirrors.delete(streamId),
    )
    return opening
  }

  /**
   * Returns a mirror that has just read the log. During an outage existing followers wait for the store, but a new one
   * is better served by the stored message than by a copy that may be outdated.
   * @returns undefined if there is no log, or it cannot be read now
   */
  async function currentMirror(streamId: string): Promise<LogMirror | undefined> {
    for (;;) {
      const known = mirrors.get(streamId)
      if (!known) return ownStreams.has(streamId) ? undefined : openMirror(streamId)
      const mirror = await known
      if (!(await mirror?.refresh())) return undefined
      // The mirror closes when its last reader leaves, which may have happened during the refresh.
      if (mirrors.get(streamId) === known) return mirror
    }
  }

  /** Turns the mirror's memory into the producer's, so that local followers continue without reattaching. */
  async function adoptedMemory(streamId: string, before: StreamEvent[]): Promise<StreamMemory> {
    const mirror = await mirrors.get(streamId)?.catch(() => undefined)
    const memory = mirror?.adopt() ?? streamMemory()
    const last = before.at(-1)
    const isKnown = last !== undefined && memory.events.some((event) => event.id === last.id)
    if (isKnown) memory.rewindTo(last.id)
    else memory.append(before.slice(memory.events.length))
    return memory
  }

  /**
   * Counts the memory's events that the log holds: the doorbell ran ahead of the log, and the rest must still be
   * written. The log may hold more: a producer that was slow rather than dead goes on writing until it is refused.
   */
  async function countWritten(memory: StreamMemory, streamId: string): Promise<number> {
    const last = await store.readLast(logKey(streamId)).catch((error: unknown) => void onProblem(error, streamId))
    return memory.events.findLastIndex((event) => last && placeAfter(last.id, event.id) === "seen") + 1
  }

  async function readLog(streamId: string): Promise<StreamEvent[] | undefined> {
    // A mirror in this process may have received events by doorbell that never reached the log.
    const mirror = await mirrors.get(streamId)?.catch(() => undefined)
    const memory = mirror?.memory ?? streamMemory()
    await readLogInto(memory, store, logKey(streamId))
    return memory.lastId === undefined ? undefined : [...memory.events]
  }

  async function produce(streamId: string, stream: OwnStream, makeStream: () => ReadableStream<StreamEvent>) {
    const { memory, writer, bell } = stream
    const reader = {
      push(event: StreamEvent) {
        memory.append([event])
        producedEvents += 1
        bell.ring()
        writer.note()
      },
      end: () => memory.close(),
    }
    await drainSource(makeStream, reader, (error) => onProblem(error, streamId))
    await writer.finish()
    ownStreams.delete(streamId)
    if (ownStreams.size > 0) return
    clearTimeout(idleTimer)
    idleTimer = setTimeout(() => void stopListening(), listenOnMs).unref()
  }

  async function stopListening(): Promise<void> {
    clearTimeout(idleTimer)
    const ending = listening
    listening = undefined
    const subscription = await ending?.catch(() => undefined)
    await subscription?.close()
  }

  return {
    keepsLog: true,
    get isReachable() {
      return store.isReachable
    },

    async resumableStream(streamId, makeStream, { onStop = () => undefined, before = [] } = {}) {
      const running = ownStreams.get(streamId)
      if (running) return { role: "follower", isShared: isStoreUp, items: running.memory.follow().items }
      const memory = before.length > 0 ? await adoptedMemory(streamId, before) : streamMemory()
      const writer = logWriter({
        store,
        key: logKey(streamId),
        memory,
        written: before.length > 0 ? await countWritten(memory, streamId) : 0,
        flushEveryMs,
        retentionMs,
        onReturn: () => registerProducer(streamId),
        onReplaced() {
          stream.isReplaced = true
          onStop()
        },
        onProblem: (error) => onProblem(error, streamId),
      })
      let hasStopped = false
      const stopOnce = () => {
        if (!hasStopped && !memory.hasEnded) onStop()
        hasStopped = true
      }
      const bell = doorbell(store, bellChannel(streamId), memory)
      const stream: OwnStream = { memory, writer, bell, isReplaced: false, onStop: stopOnce }
      ownStreams.set(streamId, stream)
      registerProducer(streamId)
      const items = memory.read()
      void produce(streamId, stream, makeStream)
      return { role: "producer", isShared: isStoreUp, items }
    },

    async resumeExistingStream(streamId, position, options) {
      const stream = ownStreams.get(streamId)
      if (stream) return stream.memory.hasEnded ? undefined : stream.memory.follow(position, options)
      const mirror = await currentMirror(streamId).catch((error: unknown) => void onProblem(error, streamId))
      return mirror && !mirror.memory.hasEnded ? mirror.memory.follow(position, options) : undefined
    },

    async stop(streamId) {
      const stream = ownStreams.get(streamId)
      if (stream) stream.onStop()
      else await messageProducer("stop", streamId).catch((error: unknown) => onProblem(error, streamId))
    },

    readLog,

    async readEvents(streamId) {
      const stream = ownStreams.get(streamId)
      if (stream && !stream.isReplaced) return [...stream.memory.events]
      try {
        return await readLog(streamId)
      } catch (error) {
        if (!(error instanceof EntryUnreadable)) throw error
        onProblem(error, streamId)
        return undefined
      }
    },

    async status(streamId) {
      const stream = ownStreams.get(streamId)
      if (stream) return stream.memory.hasEnded ? "ended" : "running"
      const last = await store.readLast(logKey(streamId))
      if (last === undefined) return "unknown"
      return decodeEntry(last.value).events.some(({ chunk }) => endsStream(chunk)) ? "ended" : "running"
    },

    report() {
      const produced = [...ownStreams].map(([streamId, { memory, writer }]) => {
        return { streamId, role: "producer" as const, readers: memory.readers, lag: writer.lag }
      })
      const followed = [...mirrorMemories].map(([streamId, memory]) => {
        return { streamId, role: "follower" as const, readers: memory.readers, lag: undefined }
      })
      return { events: producedEvents, streams: [...produced, ...followed] }
    },

    async close() {
      const opened = await Promise.allSettled(mirrors.values())
      await Promise.all(opened.map((mirror) => mirror.status === "fulfilled" && mirror.value?.close()))
      await stopListening()
    },
  }
}
