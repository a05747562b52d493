import { Redis, ReplyError } from "ioredis"
import type { EventId } from "#lib/chat-protocol.ts"
import { outcomeOfAppend, rangeAfter, undefinedWhereNoNumber } from "./deadline.ts"
import { storeLink } from "./link.ts"
import { isOfRole, refusalOf } from "./refusals.ts"
import type { LogRow, Store, StoreListeners } from "./store.ts"

/**
 * Redis over TCP: one connection for commands, one for subscriptions, both opened by the first call that needs them.
 * Where its address is a name, and the name leads to another server after a failover, both are opened anew.
 */
export function redisStore({ url, onProblem = () => undefined, onReturn }: { url: string } & StoreListeners): Store {
  const commands = connect(url, onProblem)
  const subscriber = connect(url, onProblem)
  /** A replica answers PING, and whoever only reads would stay with it for ever. */
  const ping = () => commands.client.set(probeKey, "1", "PX", probeTtlMs)
  const commandLink = storeLink({ ping, isAnswer, onProblem, onReturn, onRefusal })
  const subscriberLink = storeLink({ ping: () => subscriber.client.ping(), isAnswer, onProblem, onReturn })
  commands.client.on("error", commandLink.note)
  const watch = setInterval(() => {
    if (commands.client.status === "ready") void commandLink.ping()
  }, watchEveryMs).unref()

  function onRefusal(word: string): void {
    if (isOfRole(word)) for (const connection of [commands, subscriber]) connection.renew()
  }

  const listeners = new Map<string, Set<Listener>>()
  let isFirstConnection = true

  subscriber.client.on("message", (channel, message) => {
    for (const listener of listeners.get(channel) ?? []) listener.onMessage(message)
  })
  subscriber.client.on("ready", () => {
    const before = isFirstConnection ? [] : [...listeners.values()].flatMap((onChannel) => [...onChannel])
    isFirstConnection = false
    // The client's own re-subscribing leaves a rejection unhandled where the connection breaks again meanwhile.
    if (listeners.size > 0) subscriber.client.subscribe(...listeners.keys()).then(() => tellAgain(before), onProblem)
  })

  async function unsubscribe(channel: string, listener: Listener): Promise<void> {
    const onChannel = listeners.get(channel)
    onChannel?.delete(listener)
    if (onChannel?.size !== 0) return
    listeners.delete(channel)
    await subscriberLink.call(() => subscriber.client.unsubscribe(channel)).catch(onProblem)
  }

  return {
    name: "redis",
    get isReachable() {
      return commandLink.isUp && subscriberLink.isUp
    },
    get refusal() {
      return commandLink.refusal ?? subscriberLink.refusal
    },
    get: async (key) => (await commandLink.call(() => commands.client.get(key))) ?? undefined,
    async set(key, value, ttlMs) {
      await commandLink.call(() => commands.client.set(key, value, "PX", ttlMs))
    },
    increment: (key) => commandLink.call(() => commands.client.incr(key).catch(undefinedWhereNoNumber)),
    async delete(key) {
      await commandLink.call(() => commands.client.del(key))
    },
    async pushCapped(key, value, { maxLength, ttlMs }) {
      const transaction = commands.client
        .multi()
        .lpush(key, value)
        .ltrim(key, 0, maxLength - 1)
        .pexpire(key, ttlMs)
      await commandLink.call(() => transaction.exec().then(throwFirstError))
    },
    list: (key) => commandLink.call(() => commands.client.lrange(key, 0, -1)),
    append(key, id, value, { mustExist }) {
      const appending = () =>
        mustExist ? commands.client.xadd(key, "NOMKSTREAM", id, "e", value) : commands.client.xadd(key, id, "e", value)
      return commandLink.call(() => outcomeOfAppend(appending()))
    },
    readAfter: async (key, id, count) =>
      (await commandLink.call(() => commands.client.xrange(key, rangeAfter(id), "+", "COUNT", count))).map(rowOf),
    readLast: async (key) =>
      (await commandLink.call(() => commands.client.xrevrange(key, "+", "-", "COUNT", 1))).map(rowOf)[0],
    async expire(key, ttlMs) {
      await commandLink.call(() => commands.client.pexpire(key, ttlMs))
    },
    publish: (channel, message) => commandLink.call(() => commands.client.publish(channel, message)),
    async subscribe(channel, onMessage, onResubscribed = () => undefined) {
      const listener = { onMessage, onResubscribed }
      listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listener))
      try {
        // Also where the channel is subscribed already: the answer says that this call's messages come from now on.
        await subscriberLink.call(() => subscriber.client.subscribe(channel))
      } catch (error) {
        void unsubscribe(channel, listener)
        throw error
      }
      return { close: () => unsubscribe(channel, listener) }
    },
    // The second link is asked only where it is known to be down: this opens none that nobody has needed.
    ping: async () => (await commandLink.ping()) && (subscriberLink.isUp || (await subscriberLink.ping())),
    async close() {
      clearInterval(watch)
      for (const link of [commandLink, subscriberLink]) link.close()
      listeners.clear()
      for (const { client } of [commands, subscriber]) client.removeAllListeners("close").disconnect()
    },
    restart() {
      for (const connection of [commands, subscriber]) connection.renew()
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

interface Connection {
  client: Redis
  /** Opens it anew, wherever its address leads by now. */
  renew(): void
}

function connect(url: string, onProblem: (error: unknown) => void): Connection {
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
  let isCutTold = false
  let isRenewing = false
  function tell(error: unknown): void {
    if (!isTold) onProblem(error)
    isTold = true
  }
  // Without a listener the client's connection errors end the process. A refusal is told by its link, a loss below.
  client.on("error", (error) => {
    if (client.status !== "ready" && !refusalOf(error)) tell(error)
  })
  client.on("close", () => {
    // A Redis or a proxy may cut whatever is idle, again and again: what comes back at once is told a single time.
    if (!isRenewing && !isCutTold)
      tell(
        new Error("the connection to Redis was lost; it is opened anew, and where that works, this is told only once"),
      )
    if (!isRenewing) isCutTold = true
    isRenewing = false
  })
  client.on("ready", () => {
    isTold = false
  })
  return {
    client,
    renew() {
      if (client.status !== "ready") return
      isRenewing = true
      client.disconnect(true)
    },
  }
}

/** Whether what is written is taken, by a key that says nothing. */
const probeKey = "rejoin:probe"
const probeTtlMs = 60_000
/** A failover is noticed within this time also by a process that only reads. */
const watchEveryMs = 3_000

function isAnswer(error: unknown): boolean {
  return error instanceof ReplyError
}

function throwFirstError(replies: [error: Error | null, reply: unknown][] | null): void {
  const error = replies?.find(([error]) => error)?.[0]
  if (error) throw error
}
