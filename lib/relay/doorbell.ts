import { nextEntry } from "./log-entry.ts"
import type { Store } from "./stores/store.ts"
import type { StreamMemory } from "./stream-memory.ts"

export interface Doorbell {
  /**
   * Starts publishing for a follower in another process. @param from how many events the log holds: the follower reads
   * those there
   */
  announce(from: number): void
  /** Publishes the memory's new events. Never waits, never throws. */
  ring(): void
}

/**
 * Publishes new events to followers in other processes before they are in the log. One message is in flight at a time;
 * events that arrive meanwhile ride in the next. Falls silent when a message reaches no one, until the next `announce`.
 */
export function doorbell(store: Pick<Store, "fits" | "publish">, channel: string, memory: StreamMemory): Doorbell {
  let publishedCount = 0
  let hasFollowers = false
  let isEmitting = false

  async function emit(): Promise<void> {
    isEmitting = true
    try {
      while (hasFollowers && publishedCount < memory.events.length) {
        const { value, eventCount } = nextEntry(memory.events, publishedCount, store.fits)
        publishedCount += eventCount
        if ((await store.publish(channel, value)) === 0) hasFollowers = false
      }
    } catch {
      // The doorbell is a hint: a follower that misses a message reads the log, and the log writer reports the outage.
      hasFollowers = false
    } finally {
      isEmitting = false
    }
  }

  return {
    announce(from) {
      // An earlier follower drops the events that it receives a second time.
      publishedCount = hasFollowers ? Math.min(publishedCount, from) : from
      hasFollowers = true
      this.ring()
    },
    ring() {
      if (hasFollowers && !isEmitting && publishedCount < memory.events.length) void emit()
    },
  }
}
