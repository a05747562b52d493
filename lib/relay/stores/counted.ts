import type { Store } from "./store.ts"

/** Wraps a store and reports the key or channel of each command. */
export function counted(store: Store, onCommand: (key: string) => void): Store {
  function counting(key: string): Store {
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
    get: (key) => counting(key).get(key),
    set: (key, value, ttlMs) => counting(key).set(key, value, ttlMs),
    increment: (key) => counting(key).increment(key),
    delete: (key) => counting(key).delete(key),
    pushCapped: (key, value, kept) => counting(key).pushCapped(key, value, kept),
    list: (key) => counting(key).list(key),
    fits: store.fits,
    append: (key, id, value, options) => counting(key).append(key, id, value, options),
    readAfter: (key, id, count) => counting(key).readAfter(key, id, count),
    readLast: (key) => counting(key).readLast(key),
    expire: (key, ttlMs) => counting(key).expire(key, ttlMs),
    publish: (channel, text) => counting(channel).publish(channel, text),
    subscribe: (channel, onMessage, onResubscribed) => counting(channel).subscribe(channel, onMessage, onResubscribed),
    ping: () => store.ping(),
    close: () => store.close(),
    ...(store.restart && { restart: () => store.restart?.() }),
  }
}
