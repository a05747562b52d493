import { storeDeadlineMs } from "#lib/relay/stores/deadline.ts"
import { type Store, StoreUnavailable } from "#lib/relay/stores/store.ts"
import { late, within } from "#lib/within.ts"

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

/**
 * Asks each verb of a store of its own, all at once, so that they wait for one deadline together.
 * @returns how each verb ended: "unavailable" if it said so, as ping does by false, and that within its deadline
 */
export async function askEveryVerb(stores: readonly Store[]): Promise<Map<string, unknown>> {
  const asked = everyVerb.map(async ([name, verb], index): Promise<[string, unknown]> => {
    // A verb's own timer is due before this one, however busy the machine: one process fires its timers in order.
    const outcome = await within(settled(verb(stores[index] as Store)), storeDeadlineMs + 200) // as many as verbs
    if (outcome === late) return [name, "late"]
    const isUnavailable = outcome.value === false || outcome.error instanceof StoreUnavailable
    return [name, isUnavailable ? "unavailable" : outcome]
  })
  return new Map(await Promise.all(asked))
}
