import { Redis, ReplyError } from "ioredis"
import type { EventId } from "#lib/chat-protocol.ts"
import { outcomeOfAppend, rangeAfter, undefinedIfNotInteger } from "./deadline.ts"
import { probe, storeLink } from "./link.ts"
import { isRoleError, refusalOf } from "./refusals.ts"
import type { LogRow, Store, StoreListeners } from "./store.ts"

export interface RedisOptions extends StoreListeners {
  url: string
  /** begins the key that is written as a probe (default: nothing) */
  keyPrefix?: string
  /** how long a verb may take (default 1 s) */
  deadlineMs?: number
}

/**
 * Uses Redis over TCP: one connection for commands and one for subscriptions, each opened by the first call that needs
 * it. Both reconnect when their host name leads to another server after a failover.
 */
export function redisStore(options: RedisOptions): Store {
  const { url, keyPrefix = "", deadlineMs, onProblem = () => undefined, onReturn } = options
  const commands = connect(url, onProblem)
  const subscriber = connect(url, onProblem)
  /** Writes a key, because a replica answers PING and a process that only reads would stay with it. */
  const ping = () => commands.client.set(keyPrefix + probe.key, "1", "PX", probe.ttlMs)
  const commandLink = storeLink({ deadlineMs, ping, isAnswer, onProblem, onReturn, onRefusal })
  const subscriberLink = storeLink({
    deadlineMs,
    ping: () => subscriber.client.ping(),
    isAnswer,
    onProblem,
    onReturn,
  })
  commands.client.on("error", commandLink.note)
  const watch = setInterval(() => {
    if (commands.client.status === "ready") void commandLink.ping()
  }, watchEveryMs).unref()

  function onRefusal(code: string): void {
    if (isRoleError(code)) for (const connection of [commands, subscriber]) connection.reconnect()
  }

  const listeners = new Map<string, Set<Listener>>()
  let isFirstConnection = true

  subscriber.client.on("message", (channel, message) => {
    for (const listener of listeners.get(channel) ?? []) listener.onMessage(message)
  })
  subscriber.client.on("ready", () => {
    const before = isFirstConnection ? [] : [...listeners.values()].flatMap((onChannel) => [...onChannel])
    isFirstConnection = false
    // The client's own resubscribing leaves a rejection unhandled if the connection breaks again meanwhile.
    if (listeners.size > 0)
      subscriber.client.subscribe(...listeners.keys()).then(() => notifyResubscribed(before), onProblem)
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
    increment: (key) => commandLink.call(() => commands.client.incr(key).catch(undefinedIfNotInteger)),
    async delete(key) {
      await commandLink.call(() => commands.client.del(key))
    },
    async pushCapped(key, value, { maxLength, ttlMs }) {
      const pipeline = commands.client
        .pipeline()
        .lpush(key, value)
        .ltrim(key, 0, maxLength - 1)
        .pexpire(key, ttlMs)
      await commandLink.call(() => pipeline.exec().then(throwFirstError))
    },
    list: (key) => commandLink.call(() => commands.client.lrange(key, 0, -1)),
    append(key, id, value, { mustExist, ttlMs }) {
      const { client } = commands
      const appending = () =>
        mustExist ? client.xadd(key, "NOMKSTREAM", id, "e", value) : client.xadd(key, id, "e", value)
      const expiring = () => (ttlMs === undefined ? undefined : client.pexpire(key, ttlMs))
      return commandLink.call(async () => {
        const [outcome] = await Promise.all([outcomeOfAppend(appending()), expiring()])
        return outcome
      })
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
        // Sent even if the channel is already subscribed: the reply guarantees that later messages arrive.
        await subscriberLink.call(() => subscriber.client.subscribe(channel))
      } catch (error) {
        void unsubscribe(channel, listener)
        throw error
      }
      return { close: () => unsubscribe(channel, listener) }
    },
    // The second link is asked only if it is known to be down, so that this opens no unused connection.
    ping: async () => (await commandLink.ping()) && (subscriberLink.isUp || (await subscriberLink.ping())),
    async close() {
      clearInterval(watch)
      for (const link of [commandLink, subscriberLink]) link.close()
      listeners.clear()
      for (const { client } of [commands, subscriber]) client.removeAllListeners("close").disconnect()
    },
    restart() {
      for (const connection of [commands, subscriber]) connection.reconnect()
    },
  }
}

interface Listener {
  onMessage: (message: string) => void
  onResubscribed: () => void
}

function notifyResubscribed(listeners: Listener[]): void {
  for (const listener of listeners) listener.onResubscribed()
}

/** Converts an entry, whose id is an event's: nothing else is written to our logs. */
function rowOf([id, [, value = ""]]: [id: string, fields: string[]]): LogRow {
  return { id: id as EventId, value }
}

interface Connection {
  client: Redis
  /** Opens a new connection to the server that the address leads to now. */
  reconnect(): void
}

function connect(url: string, onProblem: (error: unknown) => void): Connection {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: (attempt) => Math.min(attempt * 50, 250),
    // A command sent before the connection broke is refused, not repeated: its caller has long given up.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    connectTimeout: 2_000,
    // The other end of a silent connection may be gone: a new connection finds out.
    socketTimeout: 5_000,
  })
  let isReported = false
  let isLossReported = false
  let isReconnecting = false
  function reportOnce(error: unknown): void {
    if (!isReported) onProblem(error)
    isReported = true
  }
  // Without a listener, the client's connection errors end the process. The link reports refusals, and the handler
  // below losses.
  client.on("error", (error) => {
    if (client.status !== "ready" && !refusalOf(error)) reportOnce(error)
  })
  client.on("close", () => {
    // Redis or a proxy may close idle connections again and again: a loss that heals at once is reported a single time.
    if (!isReconnecting && !isLossReported)
      reportOnce(
        new Error("the connection to Redis was lost and is being reopened; losses that heal are reported only once"),
      )
    if (!isReconnecting) isLossReported = true
    isReconnecting = false
  })
  client.on("ready", () => {
    isReported = false
  })
  return {
    client,
    reconnect() {
      if (client.status !== "ready") return
      isReconnecting = true
      client.disconnect(true)
    },
  }
}

/** Limits how long a process that only reads can miss a failover. */
const watchEveryMs = 3_000

function isAnswer(error: unknown): boolean {
  return error instanceof ReplyError
}

function throwFirstError(replies: [error: Error | null, reply: unknown][] | null): void {
  const error = replies?.find(([error]) => error)?.[0]
  if (error) throw error
}
