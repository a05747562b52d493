import { placeAfter } from "../event-order.ts"
import type { LogRow, Store } from "./store.ts"

/** Minimum time between sweeps of expired keys: a stream's key is rarely asked for again. */
const sweepEveryMs = 60_000

/** Keeps everything in this process: it needs no installation and loses its data only with the process. */
export function memoryStore(clock: () => number = Date.now): Store {
  const values = new Map<string, { value: string; expiresAtMs: number }>()
  const lists = new Map<string, { items: string[]; expiresAtMs: number }>()
  const logs = new Map<string, { rows: LogRow[]; expiresAtMs: number }>()
  const listeners = new Map<string, Set<(message: string) => void>>()
  let sweptAtMs = clock()

  function read(key: string): string | undefined {
    const entry = values.get(key)
    return entry && entry.expiresAtMs > clock() ? entry.value : undefined
  }

  function readList(key: string): string[] {
    const list = lists.get(key)
    return list && list.expiresAtMs > clock() ? list.items : []
  }

  function readLog(key: string): LogRow[] | undefined {
    const log = logs.get(key)
    return log && log.expiresAtMs > clock() ? log.rows : undefined
  }

  function sweep(): void {
    const nowMs = clock()
    if (nowMs - sweptAtMs < sweepEveryMs) return
    sweptAtMs = nowMs
    for (const keys of [values, lists, logs])
      for (const [key, { expiresAtMs }] of keys) if (expiresAtMs <= nowMs) keys.delete(key)
  }

  return {
    name: "memory",
    isReachable: true,
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
      logs.delete(key)
    },
    async pushCapped(key, value, { maxLength, ttlMs }) {
      sweep()
      lists.set(key, { items: [value, ...readList(key)].slice(0, maxLength), expiresAtMs: clock() + ttlMs })
    },
    list: async (key) => [...readList(key)],
    async append(key, id, value, { mustExist, ttlMs = Number.POSITIVE_INFINITY }) {
      sweep()
      const rows = readLog(key)
      if (!rows && mustExist) return "lost"
      if (placeAfter(rows?.at(-1)?.id, id) === "seen") return "refused"
      if (rows) rows.push({ id, value })
      else logs.set(key, { rows: [{ id, value }], expiresAtMs: clock() + ttlMs })
      return "appended"
    },
    async readAfter(key, id, count) {
      const rows = readLog(key) ?? []
      const from = id === undefined ? 0 : rows.findIndex((row) => placeAfter(id, row.id) !== "seen")
      return from === -1 ? [] : rows.slice(from, from + count)
    },
    readLast: async (key) => readLog(key)?.at(-1),
    async expire(key, ttlMs) {
      const kept = values.get(key) ?? lists.get(key) ?? logs.get(key)
      if (kept) kept.expiresAtMs = clock() + ttlMs
    },
    async publish(channel, message) {
      const reached = [...(listeners.get(channel) ?? [])]
      // As over a network, a listener never runs inside the publishing call, nor after it was closed.
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
    restart() {
      for (const keys of [values, lists, logs]) keys.clear()
    },
  }
}
