import { setTimeout as wait } from "node:timers/promises"
import { Redis } from "@upstash/redis"
import { z } from "zod"
import type { EventId } from "#lib/chat-protocol.ts"
import { outcomeOfAppend, rangeAfter, storeDeadlineMs, undefinedWhereNoNumber, withinDeadline } from "./deadline.ts"
import { storeLink } from "./link.ts"
import type { LogRow, Store, StoreListeners } from "./store.ts"

const resubscribeAfterMs = 250

/** Redis over Upstash's REST interface: a request a call, a held response a subscription. */
export function upstashStore(options: { url: string; token: string } & StoreListeners): Store {
  const { url, token, onProblem = () => undefined, onReturn } = options
  const redis = new Redis({
    url,
    token,
    automaticDeserialization: false,
    enableTelemetry: false,
    // The default repeats a failed request five times in four seconds, a PUBLISH or an INCR as well.
    retry: { retries: 0 },
    signal: () => AbortSignal.timeout(storeDeadlineMs),
  })
  const link = storeLink({ ping: () => redis.set("rejoin:probe", "1", { px: 60_000 }), isAnswer, onProblem, onReturn })
  const inOrder = queuePerKey()
  const closing = new AbortController()

  return {
    name: "upstash",
    get isReachable() {
      return link.isUp
    },
    get refusal() {
      return link.refusal
    },
    get: async (key) => (await link.call(() => redis.get<string>(key))) ?? undefined,
    async set(key, value, ttlMs) {
      await link.call(() => redis.set(key, value, { px: ttlMs }))
    },
    increment: (key) => link.call(() => redis.incr(key).catch(undefinedWhereNoNumber)),
    async delete(key) {
      await link.call(() => redis.del(key))
    },
    async pushCapped(key, value, { maxLength, ttlMs }) {
      const transaction = redis
        .multi()
        .lpush(key, value)
        .ltrim(key, 0, maxLength - 1)
        .pexpire(key, ttlMs)
      await link.call(() => transaction.exec())
    },
    list: (key) => link.call(() => redis.lrange<string>(key, 0, -1)),
    append(key, id, value, { mustExist }) {
      const appending = (): Promise<string | null> => redis.xadd(key, id, { e: value }, { nomkStream: mustExist })
      return link.call(() => outcomeOfAppend(appending()))
    },
    readAfter: async (key, id, count) => rowsOf(await link.call(() => redis.xrange(key, rangeAfter(id), "+", count))),
    readLast: async (key) => rowsOf(await link.call(() => redis.xrevrange(key, "+", "-", 1)))[0],
    async expire(key, ttlMs) {
      await link.call(() => redis.pexpire(key, ttlMs))
    },
    // Requests overtake one another; and a message is cut at its first newline, so it travels as JSON.
    publish: (channel, message) =>
      link.call(() => inOrder(channel, () => redis.publish(channel, JSON.stringify(message)))),
    async subscribe(channel, onMessage, onResubscribed = () => undefined) {
      const leaving = new AbortController()
      const signal = AbortSignal.any([closing.signal, leaving.signal])
      const listening = Promise.withResolvers<void>()
      let isAgain = false
      async function listen(): Promise<void> {
        void keepListening(signal, async (onListening) => {
          const messages = await openChannel({ url, token, channel }, signal)
          listening.resolve()
          onListening()
          if (isAgain) onResubscribed()
          isAgain = true
          for await (const message of messages) if (!signal.aborted) onMessage(message)
          if (!signal.aborted) throw new Error(`the subscription to ${channel} was dropped`)
        })
        await listening.promise
      }
      try {
        await link.call(listen)
      } catch (error) {
        leaving.abort()
        throw error
      }
      return { close: async () => leaving.abort() }
    },
    ping: link.ping,
    async close() {
      link.close()
      closing.abort()
    },
  }

  async function keepListening(signal: AbortSignal, listen: (onListening: () => void) => Promise<void>): Promise<void> {
    let isTold = false
    while (!signal.aborted) {
      try {
        await listen(() => {
          isTold = false
        })
      } catch (error) {
        if (!signal.aborted && !isTold) onProblem(error)
        isTold = true
      }
      await wait(resubscribeAfterMs, undefined, { signal }).catch(() => undefined)
    }
  }
}

/** The client's word for an error that the store has answered; a body that is none of the store's has another. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && error.name === "UpstashError"
}

const rowsSchema = z.array(z.tuple([z.string(), z.tuple([z.literal("e"), z.string()])]))

/** Without deserialization the entries come as Redis gives them, whatever the client's type says. */
function rowsOf(entries: unknown): LogRow[] {
  // Every id in a log of ours was an event's.
  return rowsSchema.parse(entries).map(([id, [, value]]) => ({ id: id as EventId, value }))
}

/** Each key's tasks one after the other, in the order they were given. */
function queuePerKey(): <T>(key: string, task: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>()
  return (key, task) => {
    const result = (last.get(key) ?? Promise.resolve()).then(task)
    const settled = result.then(forget, forget)
    last.set(key, settled)
    return result

    function forget(): void {
      if (last.get(key) === settled) last.delete(key)
    }
  }
}

interface Channel {
  url: string
  token: string
  channel: string
}

/**
 * The client's own `subscribe` does not tell when a subscription is dropped and takes no line beyond 1 MB. A link that
 * is dead without a sign ends by `fetch`'s own limit of five silent minutes.
 * @returns the messages, once the store has confirmed that they come
 */
async function openChannel({ url, token, channel }: Channel, signal: AbortSignal): Promise<AsyncIterable<string>> {
  const attempt = new AbortController()
  try {
    return await withinDeadline(confirmedMessages(AbortSignal.any([signal, attempt.signal])))
  } catch (error) {
    attempt.abort()
    throw error
  }

  async function confirmedMessages(attemptSignal: AbortSignal): Promise<AsyncIterable<string>> {
    const response = await fetch(`${url.replace(/\/$/, "")}/subscribe/${channel}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" },
      signal: attemptSignal,
    })
    if (!response.ok || !response.body) throw new Error(`the subscription was refused with status ${response.status}`)
    const lines = dataLines(response.body)
    const first = await lines.next()
    if (first.done || !first.value.startsWith(`subscribe,${channel},`)) throw new Error("no subscription was confirmed")
    return messagesOf(lines, `message,${channel},`)
  }
}

async function* dataLines(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = ""
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n")
    rest = lines.pop() ?? ""
    for (const line of lines) if (line.startsWith("data: ")) yield line.slice("data: ".length)
  }
}

async function* messagesOf(lines: AsyncIterable<string>, prefix: string): AsyncGenerator<string> {
  for await (const line of lines) {
    if (line.startsWith(prefix)) yield z.string().parse(JSON.parse(line.slice(prefix.length)))
  }
}
