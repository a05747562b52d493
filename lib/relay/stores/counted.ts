import type { Store } from "./store.ts"

/** The same store, which says with each command which key or channel it is about. */
export function counted(store: Store, onCommand: (key: string) => void): Store {
  function asked(key: string): Store {
    onCommand(key)
    return store
  }

  return {
    name: store.name,
    get isReachable() {
      return store.isReachable
    },
    get refusal() {
      return store.refusal
    },
    get: (key) => asked(key).get(key),
    set: (key, value, ttlMs) => asked(key).set(key, value, ttlMs),
    increment: (key) => asked(key).increment(key),
    delete: (key) => asked(key).delete(key),
    pushCapped: (key, value, kept) => asked(key).pushCapped(key, value, kept),
    list: (key) => asked(key).list(key),
    fits: store.fits,
    append: (key, id, value, options) => asked(key).append(key, id, value, options),
    readAfter: (key, id, count) => asked(key).readAfter(key, id, count),
    readLast: (key) => asked(key).readLast(key),
    expire: (key, ttlMs) => asked(key).expire(key, ttlMs),
    publish: (channel, text) => asked(channel).publish(channel, text),
    subscribe: (channel, onMessage, onResubscribed) => asked(channel).subscribe(channel, onMessage, onResubscribed),
    ping: () => store.ping(),
    close: () => store.close(),
    ...(store.restart && { restart: () => store.restart?.() }),
  }
}
