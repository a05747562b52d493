export interface Inbox {
  readonly received: string[]
  deliver(message: string): void
  /** Waits until so many messages are there, and takes them out. */
  take(count: number): Promise<string[]>
}

/** Collects messages for who waits for them. */
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
