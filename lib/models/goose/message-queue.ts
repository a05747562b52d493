/** Messages that wait for their reader, in order. */
export interface MessageQueue<T> {
  /** Adds a message. @returns once there is room for more, so that a fast sender waits for a slow reader */
  push(message: T): Promise<void>
  /** Ends the queue after what it has. @param error what its reader gets then; undefined: it just ends */
  end(error?: Error): void
  /**
   * Takes the next message.
   * @returns "quiet" if none came within this time, "ended" after the last one
   * @throws the error of the end; the signal's reason once it fires
   */
  next(wait: { signal: AbortSignal; quietMs: number }): Promise<{ message: T } | "quiet" | "ended">
}

export function messageQueue<T>(maxWaiting = 1000): MessageQueue<T> {
  const waiting: T[] = []
  let ended: { error: Error | undefined } | undefined
  let wake: () => void = () => undefined
  let makeRoom: () => void = () => undefined
  let room = Promise.resolve()

  return {
    push(message) {
      if (ended) return Promise.resolve()
      waiting.push(message)
      if (waiting.length === maxWaiting)
        room = new Promise((resolve) => {
          makeRoom = resolve
        })
      wake()
      return room
    },
    end(error) {
      ended ??= { error }
      makeRoom()
      wake()
    },
    async next({ signal, quietMs }) {
      signal.throwIfAborted()
      if (waiting.length === 0 && !ended) await woken(signal, quietMs)
      signal.throwIfAborted()
      const [message] = waiting.splice(0, 1)
      if (waiting.length < maxWaiting / 2) makeRoom()
      if (message !== undefined) return { message }
      if (ended?.error) throw ended.error
      return ended ? "ended" : "quiet"
    },
  }

  async function woken(signal: AbortSignal, quietMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(over, quietMs)
      signal.addEventListener("abort", over, { once: true })
      wake = over
      function over(): void {
        clearTimeout(timer)
        signal.removeEventListener("abort", over)
        wake = () => undefined
        resolve()
      }
    })
  }
}
