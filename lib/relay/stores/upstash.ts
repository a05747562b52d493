import { setTimeout as wait } from "node:timers/promises"
import { Redis } from "@upstash/redis"
import { z } from "zod"
import type { EventId } from "#lib/chat-protocol.ts"
import { parsedJson } from "#lib/parsed-json.ts"
import { outcomeOfAppend, rangeAfter, storeDeadlineMs, undefinedWhereNoNumber, withinDeadline } from "./deadline.ts"
import { storeLink } from "./link.ts"
import { type LogRow, type Store, type StoreListeners, StoreUnavailable } from "./store.ts"

const resubscribeAfterMs = 250
/** What the smallest plans take in one request, which is 1 MiB, without room for its command and keys. */
const mostBytes = 1_048_576 - 4_096
/** However its characters are written, a value as short as this fits. */
const shortChars = mostBytes / 16

/** Redis over Upstash's REST interface: a request a call, a held response a subscription. */
export function upstashStore(options: { url: string; token: string } & StoreListeners): Store {
  const { url, token, onProblem = () => undefined, onReturn } = options
  const settings = {
    url,
    token,
    automaticDeserialization: false,
    enableTelemetry: false,
    // The default repeats a failed request five times in four seconds, a PUBLISH or an INCR as well.
    retry: { retries: 0 },
    signal: () => AbortSignal.timeout(storeDeadlineMs),
  }
  const redis = new Redis(settings)
  // The client puts what is asked at once into one request: two large values would be beyond the limit together.
  const alone = new Redis({ ...settings, enableAutoPipelining: false })
  const link = storeLink({ ping: () => redis.set("rejoin:probe", "1", { px: 60_000 }), isAnswer, onProblem, onReturn })
  const call = <T>(request: () => Promise<T>) => link.call(() => request().catch(rethrowWithoutCommand))
  const inOrder = queuePerKey()
  const closing = new AbortController()
  let isNoiseTold = false
  function onNoise(): void {
    if (!isNoiseTold)
      onProblem(new Error("somebody else publishes on a channel of ours: what cannot be read is passed over"))
    isNoiseTold = true
  }

  return {
    name: "upstash",
    get isReachable() {
      return link.isUp
    },
    get refusal() {
      return link.refusal
    },
    get: async (key) => (await call(() => redis.get<string>(key))) ?? undefined,
    async set(key, value, ttlMs) {
      await call(() => redis.set(key, value, { px: ttlMs }))
    },
    increment: (key) => call(() => redis.incr(key).catch(undefinedWhereNoNumber)),
    async delete(key) {
      await call(() => redis.del(key))
    },
    async pushCapped(key, value, { maxLength, ttlMs }) {
      const transaction = redis
        .multi()
        .lpush(key, value)
        .ltrim(key, 0, maxLength - 1)
        .pexpire(key, ttlMs)
      await call(() => transaction.exec())
    },
    list: (key) => call(() => redis.lrange<string>(key, 0, -1)),
    // In a request it is a string of JSON, and a message is one twice over.
    fits: (value) => value.length < shortChars || Buffer.byteLength(JSON.stringify(JSON.stringify(value))) <= mostBytes,
    append(key, id, value, { mustExist }) {
      const appending = (): Promise<string | null> => alone.xadd(key, id, { e: value }, { nomkStream: mustExist })
      return call(() => outcomeOfAppend(appending()))
    },
    readAfter,
    readLast: async (key) => rowsOf(await call(() => redis.xrevrange(key, "+", "-", 1)))[0],
    async expire(key, ttlMs) {
      await call(() => redis.pexpire(key, ttlMs))
    },
    // Requests overtake one another; and a message is cut at its first newline, so it travels as JSON.
    publish: (channel, message) => call(() => inOrder(channel, () => alone.publish(channel, JSON.stringify(message)))),
    async subscribe(channel, onMessage, onResubscribed = () => undefined) {
      const leaving = new AbortController()
      const signal = AbortSignal.any([closing.signal, leaving.signal])
      const listening = Promise.withResolvers<void>()
      let isAgain = false
      async function listen(): Promise<void> {
        void keepListening(signal, async (onListening) => {
          const messages = await openChannel({ url, token, channel, onNoise }, signal)
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

  /** An answer that is beyond the limit is refused as a request is, and taken in two halves. */
  async function readAfter(key: string, id: EventId | undefined, count: number): Promise<LogRow[]> {
    try {
      return rowsOf(await call(() => redis.xrange(key, rangeAfter(id), "+", count)))
    } catch (error) {
      if (count === 1 || !isTooLarge(error)) throw error
      const half = Math.ceil(count / 2)
      const rows = await readAfter(key, id, half)
      return rows.length < half ? rows : [...rows, ...(await readAfter(key, rows.at(-1)?.id, count - half))]
    }
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

function isTooLarge(error: unknown): boolean {
  return error instanceof StoreUnavailable && String(error.cause).includes("max request size exceeded")
}

/** The client quotes the command in what it throws, and with it what people wrote: the log is not to have that. */
function rethrowWithoutCommand(error: unknown): never {
  if (error instanceof Error) {
    error.message = withoutCommand(error.message)
    error.stack = withoutCommand(error.stack ?? "")
  }
  throw error
}

function withoutCommand(text: string): string {
  return text.replace(/, command was:[^\n]*/, "")
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
  /** told of each message that cannot be read */
  onNoise: () => void
}

/**
 * The client's own `subscribe` does not tell when a subscription is dropped and takes no line beyond 1 MB. A link that
 * is dead without a sign ends by `fetch`'s own limit of five silent minutes.
 * @returns the messages, once the store has confirmed that they come
 */
async function openChannel(
  { url, token, channel, onNoise }: Channel,
  signal: AbortSignal,
): Promise<AsyncIterable<string>> {
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
    return messagesOf(lines, `message,${channel},`, onNoise)
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

/** A message that is no string of JSON is none of ours: it costs itself, not the subscription. */
async function* messagesOf(lines: AsyncIterable<string>, prefix: string, onNoise: () => void): AsyncGenerator<string> {
  for await (const line of lines) {
    if (!line.startsWith(prefix)) continue
    const message = parsedJson(line.slice(prefix.length))
    if (typeof message === "string") yield message
    else onNoise()
  }
}
