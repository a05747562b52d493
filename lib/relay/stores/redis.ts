import { Redis, ReplyError } from "ioredis"
import type { EventId } from "#lib/chat-protocol.ts"
import { outcomeOfAppend, rangeAfter, undefinedWhereNoNumber } from "./deadline.ts"
import { storeLink } from "./link.ts"
import type { LogRow, Store, StoreListeners } from "./store.ts"

/** Redis over TCP: one connection for commands, one for subscriptions, both opened by the first call that needs them. */
export function redisStore({ url, onProblem = () => undefined, onReturn }: { url: string } & StoreListeners): Store {
  const commands = connect(url, onProblem)
  const subscriber = connect(url, onProblem)
  const linkOver = (client: Redis) => storeLink({ ping: () => client.ping(), isAnswer, onProblem, onReturn })
  const [commandLink, subscriberLink] = [linkOver(commands), linkOver(subscriber)]
  const listeners = new Map<string, Set<Listener>>()
  let isFirstConnection = true

  subscriber.on("message", (channel, message) => {
    for (const listener of listeners.get(channel) ?? []) listener.onMessage(message)
  })
  subscriber.on("ready", () => {
    const before = isFirstConnection ? [] : [...listeners.values()].flatMap((onChannel) => [...onChannel])
    isFirstConnection = false
    // The client's own re-subscribing leaves a rejection unhandled where the connection breaks again meanwhile.
    if (listeners.size > 0) subscriber.subscribe(...listeners.keys()).then(() => tellAgain(before), onProblem)
  })

  async function unsubscribe(channel: string, listener: Listener): Promise<void> {
    const onChannel = listeners.get(channel)
    onChannel?.delete(listener)
    if (onChannel?.size !== 0) return
    listeners.delete(channel)
    await subscriberLink.call(() => subscriber.unsubscribe(channel)).catch(onProblem)
  }

  return {
    name: "redis",
    get isReachable() {
      return commandLink.isUp && subscriberLink.isUp
    },
    get: async (key) => (await commandLink.call(() => commands.get(key))) ?? undefined,
    async set(key, value, ttlMs) {
      await commandLink.call(() => commands.set(key, value, "PX", ttlMs))
    },
    increment: (key) => commandLink.call(() => commands.incr(key).catch(undefinedWhereNoNumber)),
    async delete(key) {
      await commandLink.call(() => commands.del(key))
    },
    async pushCapped(key, value, { maxLength, ttlMs }) {
      const transaction = commands
        .multi()
        .lpush(key, value)
        .ltrim(key, 0, maxLength - 1)
        .pexpire(key, ttlMs)
      await commandLink.call(() => transaction.exec().then(throwFirstError))
    },
    list: (key) => commandLink.call(() => commands.lrange(key, 0, -1)),
    append(key, id, value, { mustExist }) {
      const appending = () =>
        mustExist ? commands.xadd(key, "NOMKSTREAM", id, "e", value) : commands.xadd(key, id, "e", value)
      return commandLink.call(() => outcomeOfAppend(appending()))
    },
    readAfter: async (key, id, count) =>
      (await commandLink.call(() => commands.xrange(key, rangeAfter(id), "+", "COUNT", count))).map(rowOf),
    readLast: async (key) =>
      (await commandLink.call(() => commands.xrevrange(key, "+", "-", "COUNT", 1))).map(rowOf)[0],
    async expire(key, ttlMs) {
      await commandLink.call(() => commands.pexpire(key, ttlMs))
    },
    publish: (channel, message) => commandLink.call(() => commands.publish(channel, message)),
    async subscribe(channel, onMessage, onResubscribed = () => undefined) {
      const listener = { onMessage, onResubscribed }
      listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listener))
      try {
        // Also where the channel is subscribed already: the answer says that this call's messages come from now on.
        await subscriberLink.call(() => subscriber.subscribe(channel))
      } catch (error) {
        void unsubscribe(channel, listener)
        throw error
      }
      return { close: () => unsubscribe(channel, listener) }
    },
    // The second link is asked only where it is known to be down: this opens none that nobody has needed.
    ping: async () => (await commandLink.ping()) && (subscriberLink.isUp || (await subscriberLink.ping())),
    async close() {
      for (const link of [commandLink, subscriberLink]) link.close()
      listeners.clear()
      for (const client of [commands, subscriber]) client.removeAllListeners("close").disconnect()
    },
    restart() {
      for (const client of [commands, subscriber]) if (client.status === "ready") client.disconnect(true)
    },
  }
}

interface Listener {
  onMessage: (message: string) => void
  onResubscribed: () => void
}

function tellAgain(listeners: Listener[]): void {
  for (const listener of listeners) listener.onResubscribed()
}

/** Every id in a log of ours was an event's. */
function rowOf([id, [, value = ""]]: [id: string, fields: string[]]): LogRow {
  return { id: id as EventId, value }
}

function connect(url: string, onProblem: (error: unknown) => void): Redis {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: (attempt) => Math.min(attempt * 50, 250),
    // What was asked before a connection broke is refused, not sent again: its caller has long given up.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    connectTimeout: 2_000,
    // A connection that answers nothing may be one whose other end is gone: a new one finds out.
    socketTimeout: 5_000,
  })
  let isTold = false
  function tell(error: unknown): void {
    if (!isTold) onProblem(error)
    isTold = true
  }
  // Without a listener the client's connection errors end the process.
  client.on("error", tell)
  client.on("close", () => tell(new Error("the connection to Redis was lost")))
  client.on("ready", () => {
    isTold = false
  })
  return client
}

function isAnswer(error: unknown): boolean {
  return error instanceof ReplyError
}

function throwFirstError(replies: [error: Error | null, reply: unknown][] | null): void {
  const error = replies?.find(([error]) => error)?.[0]
  if (error) throw error
}
