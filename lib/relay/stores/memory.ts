import type { Store } from "./store.ts"

/** How often what has expired is swept out, at most: a stream's key is seldom asked for again. */
const sweepEveryMs = 60_000

/** A store for a single process: nothing to install, nothing to lose but the process itself. */
export function memoryStore(clock: () => number = Date.now): Store {
  const values = new Map<string, { value: string; expiresAtMs: number }>()
  const lists = new Map<string, string[]>()
  const listeners = new Map<string, Set<(message: string) => void>>()
  let sweptAtMs = clock()

  function read(key: string): string | undefined {
    const entry = values.get(key)
    return entry && entry.expiresAtMs > clock() ? entry.value : undefined
  }

  function sweep(): void {
    const nowMs = clock()
    if (nowMs - sweptAtMs < sweepEveryMs) return
    sweptAtMs = nowMs
    for (const [key, { expiresAtMs }] of values) if (expiresAtMs <= nowMs) values.delete(key)
  }

  return {
    name: "memory",
    get: async (key) => read(key),
    async set(key, value, ttlMs) {
      sweep()
      values.set(key, { value, expiresAtMs: clock() + ttlMs })
    },
    async increment(key) {
      const current = read(key)
      const number = Number(current ?? 0)
      if (!Number.isSafeInteger(number)) return undefined
      const expiresAtMs = current === undefined ? Number.POSITIVE_INFINITY : (values.get(key)?.expiresAtMs ?? 0)
      values.set(key, { value: String(number + 1), expiresAtMs })
      return number + 1
    },
    async delete(key) {
      values.delete(key)
      lists.delete(key)
    },
    async pushCapped(key, value, maxLength) {
      lists.set(key, [value, ...(lists.get(key) ?? [])].slice(0, maxLength))
    },
    list: async (key) => [...(lists.get(key) ?? [])],
    async publish(channel, message) {
      const reached = [...(listeners.get(channel) ?? [])]
      // As over a network, a listener never runs inside the call that publishes, nor after it was closed.
      for (const listener of reached) queueMicrotask(() => listeners.get(channel)?.has(listener) && listener(message))
      return reached.length
    },
    async subscribe(channel, onMessage) {
      const listener = (message: string) => onMessage(message)
      const onChannel = listeners.get(channel) ?? new Set()
      listeners.set(channel, onChannel.add(listener))
      return {
        async close() {
          onChannel.delete(listener)
          if (onChannel.size === 0 && listeners.get(channel) === onChannel) listeners.delete(channel)
        },
      }
    },
    ping: async () => true,
    async close() {
      listeners.clear()
    },
  }
}
