export interface Inbox {
  readonly received: string[]
  deliver(message: string): void
  /** Waits for `count` messages, and removes them. */
  take(count: number): Promise<string[]>
}

/** Collects messages for waiting tests. */
export function inbox(): Inbox {
  const received: string[] = []
  let arrived = Promise.withResolvers<void>()
  return {
    received,
    deliver(message) {
      received.push(message)
      arrived.resolve()
      arrived = Promise.withResolvers()
    },
    async take(count) {
      while (received.length < count) await arrived.promise
      return received.splice(0, count)
    },
  }
}
