import { type Store, StoreUnavailable, type Subscription } from "#lib/relay/stores/store.ts"

/** A store as one process sees it, so that several processes can share it and each can die alone. */
export interface ProcessStore extends Store {
  readonly openSubscriptions: number
  /** Acts like `kill -9`: nothing is received or sent any more, and nothing is cleaned up. */
  kill(): Promise<void>
  /** Called before each publish to decide its fate. */
  onPublish: (channel: string, message: string) => Fate | Promise<Fate>
}

type Fate = "send" | "repeat" | "lose" | "fail"

export function processStore(shared: Store): ProcessStore {
  const subscriptions = new Set<Subscription>()
  let isDead = false

  async function alive<T>(call: () => Promise<T>): Promise<T> {
    if (isDead) throw new StoreUnavailable("this process was killed")
    return call()
  }

  const store: ProcessStore = {
    name: shared.name,
    get isReachable() {
      return !isDead && shared.isReachable
    },
    onPublish: () => "send",
    get openSubscriptions() {
      return subscriptions.size
    },
    get: (key) => alive(() => shared.get(key)),
    set: (key, value, ttlMs) => alive(() => shared.set(key, value, ttlMs)),
    increment: (key) => alive(() => shared.increment(key)),
    delete: (key) => alive(() => shared.delete(key)),
    pushCapped: (key, value, kept) => alive(() => shared.pushCapped(key, value, kept)),
    list: (key) => alive(() => shared.list(key)),
    fits: shared.fits,
    append: (key, id, value, options) => alive(() => shared.append(key, id, value, options)),
    readAfter: (key, id, count) => alive(() => shared.readAfter(key, id, count)),
    readLast: (key) => alive(() => shared.readLast(key)),
    expire: (key, ttlMs) => alive(() => shared.expire(key, ttlMs)),
    publish: (channel, message) =>
      alive(async () => {
        const fate = await store.onPublish(channel, message)
        if (fate === "fail") throw new StoreUnavailable("a test wants it so")
        if (fate === "repeat") await shared.publish(channel, message)
        return fate !== "lose" ? shared.publish(channel, message) : 1
      }),
    subscribe: (channel, onMessage, onResubscribed) =>
      alive(async () => {
        const subscription = await shared.subscribe(channel, onMessage, onResubscribed)
        subscriptions.add(subscription)
        return {
          async close() {
            subscriptions.delete(subscription)
            await subscription.close()
          },
        }
      }),
    ping: async () => !isDead && shared.ping(),
    close: async () => undefined,
    async kill() {
      isDead = true
      await Promise.all([...subscriptions].map((subscription) => subscription.close()))
      subscriptions.clear()
    },
  }
  return store
}
