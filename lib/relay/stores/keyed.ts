import type { Store } from "./store.ts"

interface Keying {
  /** begins the names of all keys and channels in the store, which others share; default: nothing */
  prefix?: string
  /** called for each command with its key or channel, without the prefix */
  onCommand?: (key: string) => void
}

/** Wraps a store: reports each command, and begins what it calls its keys and channels with a prefix. */
export function keyed(store: Store, { prefix = "", onCommand = () => undefined }: Keying): Store {
  function named(key: string): string {
    onCommand(key)
    return prefix + key
  }

  return {
    name: store.name,
    get isReachable() {
      return store.isReachable
    },
    get refusal() {
      return store.refusal
    },
    get: (key) => store.get(named(key)),
    set: (key, value, ttlMs) => store.set(named(key), value, ttlMs),
    increment: (key) => store.increment(named(key)),
    delete: (key) => store.delete(named(key)),
    pushCapped: (key, value, kept) => store.pushCapped(named(key), value, kept),
    list: (key) => store.list(named(key)),
    fits: store.fits,
    append: (key, id, value, options) => store.append(named(key), id, value, options),
    readAfter: (key, id, count) => store.readAfter(named(key), id, count),
    readLast: (key) => store.readLast(named(key)),
    expire: (key, ttlMs) => store.expire(named(key), ttlMs),
    publish: (channel, text) => store.publish(named(channel), text),
    subscribe: (channel, onMessage, onResubscribed) => store.subscribe(named(channel), onMessage, onResubscribed),
    ping: () => store.ping(),
    close: () => store.close(),
    ...(store.restart && { restart: () => store.restart?.() }),
  }
}
