import type { Store } from "#lib/relay/stores/store.ts"

/** Each verb of a store that asks it something, with its name. */
export const everyVerb: [name: string, verb: (store: Store) => Promise<unknown>][] = [
  ["get", (store) => store.get("key")],
  ["set", (store) => store.set("key", "value", 1_000)],
  ["increment", (store) => store.increment("count")],
  ["delete", (store) => store.delete("key")],
  ["pushCapped", (store) => store.pushCapped("list", "value", { maxLength: 5, ttlMs: 60_000 })],
  ["list", (store) => store.list("list")],
  ["append", (store) => store.append("log", "1-1", "value", { mustExist: false })],
  ["readAfter", (store) => store.readAfter("log", undefined, 10)],
  ["readLast", (store) => store.readLast("log")],
  ["expire", (store) => store.expire("key", 1_000)],
  ["publish", (store) => store.publish("channel", "message")],
  ["subscribe", (store) => store.subscribe("channel", () => undefined)],
  ["ping", (store) => store.ping()],
]

export interface Settled {
  value?: unknown
  error?: unknown
  tookMs: number
}

export async function settled(promise: Promise<unknown>): Promise<Settled> {
  const startedAtMs = performance.now()
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  return { ...outcome, tookMs: performance.now() - startedAtMs }
}
