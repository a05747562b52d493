import { setTimeout as wait } from "node:timers/promises"
import type { Store, Subscription } from "./stores/store.ts"

const repeatRequestMs = 50
/** Equals the package's own wait for an answer. */
const requestTimeoutMs = 900

export interface PackageClientsOptions {
  store: Store
  /** returns true once the source has ended */
  hasEnded: () => boolean
  onProblem: (error: unknown) => void
}

/**
 * Presents a store as the two Redis clients that `resumable-stream` 2.2.13 expects, for one stream. The package awaits
 * them in its read loop and in timers, where a rejection goes unhandled and stops the stream for every reader. So only
 * the calls that open a stream reject.
 */
export function packageClients({ store, hasEnded, onProblem }: PackageClientsOptions) {
  const subscriptions = new Map<string, Promise<Subscription>>()
  let role: "producer" | "follower" = "follower"
  let hasJoined = false
  let hasReceived = false
  let isOutOfReach = false

  /** Publishes a follower's request. A producer that has just opened or reconnects may miss it, so it is repeated. */
  async function sendRequest(channel: string, request: string): Promise<void> {
    const sentAtMs = performance.now()
    while ((await store.publish(channel, request)) === 0 && !hasReceived) {
      if (performance.now() - sentAtMs > requestTimeoutMs) return
      await wait(repeatRequestMs)
    }
  }

  /** Publishes a producer's events. A lost message leaves a gap in the ids, which the follower detects. */
  async function sendEvents(channel: string, text: string): Promise<void> {
    // The package sends one message at a time: without this check each remaining one would wait out its own deadline.
    if (isOutOfReach && hasEnded()) return
    try {
      await store.publish(channel, text)
      isOutOfReach = false
    } catch (error) {
      if (!isOutOfReach) onProblem(error)
      isOutOfReach = true
    }
  }

  return {
    /** true if another process has opened the stream; known once the package has counted openers */
    hasJoined: () => hasJoined,
    publisher: {
      connect: async () => undefined,
      get: async (key: string) => (await store.get(key).catch(onProblem)) ?? null,
      set: (key: string, value: string, options?: { EX?: number }) =>
        store.set(key, value, (options?.EX ?? 0) * 1_000).catch(onProblem),
      async incr(key: string): Promise<number> {
        const count = await store.increment(key)
        role = count === 1 ? "producer" : "follower"
        hasJoined = role === "follower"
        // The package recognises an ended stream by this text.
        if (count === undefined) throw new Error("ERR value is not an integer or out of range")
        return count
      },
      publish: (channel: string, message: string) => (role === "producer" ? sendEvents : sendRequest)(channel, message),
    },
    subscriber: {
      connect: async () => undefined,
      async subscribe(channel: string, callback: (message: string) => unknown): Promise<void> {
        const subscribing = store.subscribe(channel, (message) => {
          hasReceived = true
          // The package's callbacks are async, although their type says otherwise.
          void Promise.resolve(callback(message)).catch(onProblem)
        })
        subscriptions.set(channel, subscribing)
        await subscribing
      },
      async unsubscribe(channel: string): Promise<void> {
        const subscribing = subscriptions.get(channel)
        subscriptions.delete(channel)
        // If subscribing failed, its caller has already seen the error.
        await subscribing?.then(
          (subscription) => subscription.close(),
          () => undefined,
        )
      },
    },
  }
}
