import { nextEntry } from "./log-entry.ts"
import type { Store } from "./stores/store.ts"
import type { StreamMemory } from "./stream-memory.ts"

export interface Doorbell {
  /** Somebody follows in another process. @param from how many events the log has: that much the follower can read there */
  announce(from: number): void
  /** There is more in the memory. Never waits, never throws. */
  ring(): void
}

/**
 * Tells followers in other processes what is new, before it is in the log. One message at a time: what comes while it is
 * under way rides in the next. Where it reaches nobody any more it falls silent until somebody announces himself.
 */
export function doorbell(store: Pick<Store, "fits" | "publish">, channel: string, memory: StreamMemory): Doorbell {
  let told = 0
  let hasFollowers = false
  let isRinging = false

  async function tell(): Promise<void> {
    isRinging = true
    try {
      while (hasFollowers && told < memory.events.length) {
        const { value, eventCount } = nextEntry(memory.events, told, store.fits)
        told += eventCount
        if ((await store.publish(channel, value)) === 0) hasFollowers = false
      }
    } catch {
      // A follower that misses something looks at the log itself: this was a hint, and the log writer reports the outage.
      hasFollowers = false
    } finally {
      isRinging = false
    }
  }

  return {
    announce(from) {
      // Where somebody else follows already, he drops what he is told again.
      told = hasFollowers ? Math.min(told, from) : from
      hasFollowers = true
      this.ring()
    },
    ring() {
      if (hasFollowers && !isRinging && told < memory.events.length) void tell()
    },
  }
}
