/**
 * The relay of the `resumable-stream` package: a stream lives in its producer's memory and reaches followers by
 * pub/sub; the store holds one key a stream. It is made as safe here as it can be without a log.
 *
 * What it cannot do: a producer that dies takes its stream with it, and those who follow it already learn of that only
 * from its lease in the database. A store that has lost its keys no longer knows the streams that run.
 */
import { createResumableStreamContext } from "resumable-stream/generic"
import type { EventId, StreamEvent } from "#lib/chat-protocol.ts"
import { late, within } from "#lib/within.ts"
import { drainSource, outlet } from "./drain-source.ts"
import { firstLine, lineOf } from "./event-lines.ts"
import { followLines } from "./follow-lines.ts"
import { packageClients } from "./package-clients.ts"
import type { FollowedStream, Relay, RelayItem } from "./relay.ts"
import type { Store, Subscription } from "./stores/store.ts"

export interface PubsubRelayOptions {
  store: Store
  /** stands before every key and channel */
  keyPrefix?: string
  /** told what fails where nobody is there to throw to; by default nobody is */
  onProblem?: (error: unknown, streamId: string) => void
}

/** Less than the promised second, so that it is kept on a busy machine too. */
const openTimeoutMs = 800
/** The package gives a silent producer 1 s, and one time in five does not settle even then. */
const followTimeoutMs = 1_500
/** A follower that missed the end is let go after two looks at the store; the package's default takes 20 s. */
const doneWatchdogIntervalMs = 2_000

type Lines = ReadableStream<string> | null | undefined

export function pubsubRelay({ store, keyPrefix = "rejoin", onProblem = () => undefined }: PubsubRelayOptions): Relay {
  const subscriptions = trackedSubscriptions(store)
  const readers = new Set<ReadableStreamDefaultReader<string>>()

  /** A context of its own for each call: what one of them leaves behind does not touch the others. */
  function openPackage(streamId: string, hasEnded = () => false) {
    const report = (error: unknown): undefined => void onProblem(error, streamId)
    const clients = packageClients({ store: { ...store, subscribe: subscriptions.add }, hasEnded, onProblem: report })
    const context = createResumableStreamContext({ keyPrefix, waitUntil: null, doneWatchdogIntervalMs, ...clients })
    return { context, hasJoined: clients.hasJoined, report }
  }

  async function follow(
    joining: Promise<Lines>,
    position: EventId | undefined,
    report: (error: unknown) => undefined,
  ): Promise<FollowedStream | undefined> {
    const reading = joining.then((lines) => (lines ? tracked(lines.getReader()) : undefined))
    const following = reading.then((reader) => reader && followLines(reader, position, report))
    const followed = await within(following, followTimeoutMs).catch(report)
    if (followed && followed !== late) return followed
    // What the package brings later finds nobody, and must not stay subscribed.
    void reading.then((reader) => reader?.cancel())
    return undefined
  }

  function tracked(reader: ReadableStreamDefaultReader<string>): ReadableStreamDefaultReader<string> {
    const forget = () => void readers.delete(reader)
    readers.add(reader)
    void reader.closed.then(forget, forget)
    return reader
  }

  async function listenForStop(streamId: string, onStop: () => void): Promise<Subscription> {
    let hasRung = false
    return subscriptions.add(stopChannel(streamId), () => {
      if (!hasRung) onStop()
      hasRung = true
    })
  }

  const stopChannel = (streamId: string) => `${keyPrefix}:stop:${streamId}`

  return {
    keepsLog: false,
    get isReachable() {
      return store.isReachable
    },

    async resumableStream(streamId, makeStream, { onStop } = {}) {
      const own = outlet<StreamEvent>()
      const lines = outlet<string>()
      let isProducing = false
      let hasEnded = false
      const { context, hasJoined, report } = openPackage(streamId, () => hasEnded)
      const doorbell = onStop ? listenForStop(streamId, onStop).catch(report) : undefined
      const hangUp = async () => (await doorbell)?.close()

      function produce(): void {
        isProducing = true
        lines.push(firstLine)
        const both = {
          push(event: StreamEvent) {
            own.push(event)
            lines.push(lineOf(event))
          },
          end() {
            hasEnded = true
            own.end()
            lines.end()
          },
        }
        void drainSource(makeStream, both, report).then(hangUp)
      }

      function makeLines(): ReadableStream<string> {
        if (!isProducing) produce()
        return lines.stream
      }

      const joining = context.resumableStream(streamId, makeLines).catch(report)
      await within(Promise.all([joining, doorbell]), openTimeoutMs)

      if (hasJoined()) {
        void hangUp()
        const followed = await follow(joining, undefined, report)
        return { role: "follower", isShared: true, items: followed?.items ?? endedStream() }
      }
      // The package's own copy waits for the store at every event: the first reader has ours.
      void joining.then((copy) => copy?.cancel())
      const isShared = isProducing
      if (!isShared) {
        // Should the package come round later, it finds a stream that is empty and marks it as ended.
        lines.end()
        produce()
      }
      return { role: "producer", isShared, items: own.stream }
    },

    async resumeExistingStream(streamId, position) {
      const { context, report } = openPackage(streamId)
      return follow(context.resumeExistingStream(streamId).catch(report), position, report)
    },

    async stop(streamId) {
      await store.publish(stopChannel(streamId), "stop").catch((error: unknown) => onProblem(error, streamId))
    },

    readLog: async () => undefined,
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

/** The subscriptions that are open, so that they can be closed at once. */
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
