/**
 * The relay of the `resumable-stream` package: a stream lives in its producer's memory and reaches followers by
 * pub/sub; the store holds one key per stream. It is as safe as it can be without a log.
 *
 * Its limits: a producer that dies loses its stream, and followers learn of the death only from the producer's lease in
 * the database. A store that has lost its keys no longer knows the running streams.
 */
import { createResumableStreamContext } from "resumable-stream/generic"
import type { StreamEvent } from "#lib/chat-protocol.ts"
import { late, within } from "#lib/within.ts"
import { drainSource, outlet } from "./drain-source.ts"
import { firstLine, lineOf } from "./event-lines.ts"
import { followLines } from "./follow-lines.ts"
import { packageClients } from "./package-clients.ts"
import type { FollowedStream, Relay, RelayItem } from "./relay.ts"
import type { Store, Subscription } from "./stores/store.ts"

export interface PubsubRelayOptions {
  store: Store
  /** prefix of every key and channel */
  keyPrefix?: string
  /** called with errors that no caller can catch */
  onProblem?: (error: unknown, streamId: string) => void
}

/** Less than the promised second, so that the promise holds on a busy machine too. */
const openTimeoutMs = 800
/** The package gives a silent producer 1 s, and in one case of five does not settle even then. */
const followTimeoutMs = 1_500
/** A follower that missed the end is released after two checks of the store; the package's default takes 20 s. */
const doneWatchdogIntervalMs = 2_000

type Lines = ReadableStream<string> | null | undefined

export function pubsubRelay({ store, keyPrefix = "rejoin", onProblem = () => undefined }: PubsubRelayOptions): Relay {
  const subscriptions = trackedSubscriptions(store)
  const readers = new Set<ReadableStreamDefaultReader<string>>()

  /** Opens the package in a context per call, so that one call's leftovers do not affect another. */
  function openPackage(streamId: string, hasEnded = () => false) {
    const report = (error: unknown): undefined => void onProblem(error, streamId)
    const clients = packageClients({ store: { ...store, subscribe: subscriptions.add }, hasEnded, onProblem: report })
    const context = createResumableStreamContext({ keyPrefix, waitUntil: null, doneWatchdogIntervalMs, ...clients })
    return { context, hasJoined: clients.hasJoined, report }
  }

  async function follow(
    joining: Promise<Lines>,
    from: Parameters<typeof followLines>[1],
    report: (error: unknown) => undefined,
  ): Promise<FollowedStream | undefined> {
    const reading = joining.then((lines) => (lines ? tracked(lines.getReader()) : undefined))
    const following = reading.then((reader) => reader && followLines(reader, from, report))
    const followed = await within(following, followTimeoutMs).catch(report)
    if (followed && followed !== late) return followed
    // A reader that the package delivers later has no consumer and must not stay subscribed.
    void reading.then((reader) => reader?.cancel()).catch(report)
    return undefined
  }

  function tracked(reader: ReadableStreamDefaultReader<string>): ReadableStreamDefaultReader<string> {
    const forget = () => void readers.delete(reader)
    readers.add(reader)
    void reader.closed.then(forget, forget)
    return reader
  }

  async function listenForStop(streamId: string, onStop: () => void): Promise<Subscription> {
    let hasStopped = false
    return subscriptions.add(stopChannel(streamId), () => {
      if (!hasStopped) onStop()
      hasStopped = true
    })
  }

  const stopChannel = (streamId: string) => `${keyPrefix}:stop:${streamId}`

  return {
    keepsLog: false,
    get isReachable() {
      return store.isReachable
    },

    async resumableStream(streamId, makeStream, { onStop } = {}) {
      const ownReader = outlet<StreamEvent>()
      const lines = outlet<string>()
      let isProducing = false
      let isOpen = false
      let hasEnded = false
      const { context, hasJoined, report } = openPackage(streamId, () => hasEnded)
      const doorbell = onStop ? listenForStop(streamId, onStop).catch(report) : undefined
      const stopListening = async () => (await doorbell)?.close()

      function produce(): void {
        isProducing = true
        lines.push(firstLine)
        const both = {
          push(event: StreamEvent) {
            ownReader.push(event)
            lines.push(lineOf(event))
          },
          end() {
            hasEnded = true
            ownReader.end()
            lines.end()
          },
        }
        void drainSource(makeStream, both, report).then(stopListening)
      }

      function makeLines(): ReadableStream<string> {
        isOpen = true
        if (!isProducing) produce()
        return lines.stream
      }

      /** Releases what only the package or its followers would read. */
      async function release(copy: Lines): Promise<void> {
        // The package's copy waits for the store at every event, so the first reader gets ours.
        await copy?.cancel()
        if (!isOpen) await lines.stream.cancel()
      }

      const joining = context.resumableStream(streamId, makeLines).catch(report)
      await within(Promise.all([joining, doorbell]), openTimeoutMs)

      if (hasJoined()) {
        void stopListening()
        const followed = await follow(joining, {}, report)
        return { role: "follower", isShared: true, items: followed?.items ?? endedStream() }
      }
      void joining.then(release).catch(report)
      const isShared = isOpen
      // A store that is slow to open the stream gets it from its first event once it does.
      if (!isProducing) produce()
      return { role: "producer", isShared, items: ownReader.stream }
    },

    async resumeExistingStream(streamId, position, options) {
      const { context, report } = openPackage(streamId)
      return follow(context.resumeExistingStream(streamId).catch(report), { position, ...options }, report)
    },

    async stop(streamId) {
      await store.publish(stopChannel(streamId), "stop").catch((error: unknown) => onProblem(error, streamId))
    },

    readLog: async () => undefined,
    readEvents: async () => undefined,
    report: () => undefined,

    async status(streamId) {
      const state = await openPackage(streamId).context.hasExistingStream(streamId)
      if (state === null) return "unknown"
      return state === "DONE" ? "ended" : "running"
    },

    async close() {
      await Promise.all([...readers].map((reader) => reader.cancel()))
      await subscriptions.close()
    },
  }
}

/** Tracks open subscriptions so that all can be closed together. */
function trackedSubscriptions(store: Store): { add: Store["subscribe"]; close(): Promise<void> } {
  const open = new Set<Subscription>()
  return {
    async add(channel, onMessage) {
      const subscription = await store.subscribe(channel, onMessage)
      open.add(subscription)
      return {
        async close() {
          open.delete(subscription)
          await subscription.close()
        },
      }
    },
    async close() {
      await Promise.all([...open].map((subscription) => subscription.close()))
      open.clear()
    },
  }
}

function endedStream(): ReadableStream<RelayItem> {
  return new ReadableStream({ start: (controller) => controller.close() })
}
