import { setTimeout as wait } from "node:timers/promises"
import type { Store, Subscription } from "./stores/store.ts"

const askAgainMs = 50
/** As long as the package waits for an answer. */
const askForMs = 900

export interface PackageClientsOptions {
  store: Store
  /** true once the source has nothing more to send */
  hasEnded: () => boolean
  onProblem: (error: unknown) => void
}

/**
 * A store as the two Redis clients that `resumable-stream` 2.2.13 wants, for one stream. The package awaits them in
 * its read loop and in timers, where a rejection is handled by nobody and stops the stream for all. So nothing rejects
 * here but what opens a stream.
 */
export function packageClients({ store, hasEnded, onProblem }: PackageClientsOptions) {
  const subscriptions = new Map<string, Promise<Subscription>>()
  let role: "producer" | "follower" = "follower"
  let hasJoined = false
  let hasHeard = false
  let isOutOfReach = false

  /** The one thing a follower publishes. A producer that has just opened, or reconnects, does not hear it the first time. */
  async function ask(channel: string, request: string): Promise<void> {
    const askedAtMs = performance.now()
    while ((await store.publish(channel, request)) === 0 && !hasHeard) {
      if (performance.now() - askedAtMs > askForMs) return
      await wait(askAgainMs)
    }
  }

  /** A message that fails leaves a gap in the ids, which its follower sees. */
  async function send(channel: string, text: string): Promise<void> {
    // The package sends one by one: without this, each of many that are left would wait out its own deadline.
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
    /** true where somebody else has opened the stream; known once the package has counted */
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
        // The package knows a stream that has ended by this text.
        if (count === undefined) throw new Error("ERR value is not an integer or out of range")
        return count
      },
      publish: (channel: string, message: string) => (role === "producer" ? send : ask)(channel, message),
    },
    subscriber: {
      connect: async () => undefined,
      async subscribe(channel: string, callback: (message: string) => unknown): Promise<void> {
        const subscribing = store.subscribe(channel, (message) => {
          hasHeard = true
          // The package's callbacks are async, whatever their type says.
          void Promise.resolve(callback(message)).catch(onProblem)
        })
        subscriptions.set(channel, subscribing)
        await subscribing
      },
      async unsubscribe(channel: string): Promise<void> {
        const subscribing = subscriptions.get(channel)
        subscriptions.delete(channel)
        // Where subscribing failed, its own caller has been told.
        await subscribing?.then(
          (subscription) => subscription.close(),
          () => undefined,
        )
      },
    },
  }
}
