import { setTimeout as wait } from "node:timers/promises"
import { Redis } from "@upstash/redis"
import { type EventSourceMessage, EventSourceParserStream } from "eventsource-parser/stream"
import { z } from "zod"
import type { EventId } from "#lib/chat-protocol.ts"
import { parsedJson } from "#lib/parsed-json.ts"
import { outcomeOfAppend, rangeAfter, storeDeadlineMs, undefinedIfNotInteger, withinDeadline } from "./deadline.ts"
import { probe, storeLink } from "./link.ts"
import { type LogRow, type Store, type StoreListeners, StoreUnavailable } from "./store.ts"

const resubscribeAfterMs = 250
/** The smallest plans accept 1 MiB per request; the difference leaves room for the command and its keys. */
const maxValueBytes = 1_048_576 - 4_096
/** A value this short fits even if each character is escaped. */
const surelyFitsChars = maxValueBytes / 16

export interface UpstashOptions extends StoreListeners {
  url: string
  token: string
  /** begins the key that is written as a probe (default: nothing) */
  keyPrefix?: string
  /** how long a verb may take (default 1 s) */
  deadlineMs?: number
}

/** Uses Redis over Upstash's REST interface: one request per call, one held response per subscription. */
export function upstashStore(options: UpstashOptions): Store {
  const { url, token, keyPrefix = "", deadlineMs = storeDeadlineMs, onProblem = () => undefined, onReturn } = options
  const settings = {
    url,
    token,
    automaticDeserialization: false,
    enableTelemetry: false,
    // By default the client repeats a failed request five times in four seconds, even a PUBLISH or an INCR.
    retry: { retries: 0 },
    signal: () => AbortSignal.timeout(deadlineMs),
  }
  const redis = new Redis(settings)
  // The first client combines concurrent calls into one request; two large values would exceed the limit together.
  const unpipelined = new Redis({ ...settings, enableAutoPipelining: false })
  const ping = () => redis.set(keyPrefix + probe.key, "1", { px: probe.ttlMs })
  const link = storeLink({ deadlineMs, ping, isAnswer, onProblem, onReturn })
  const call = <T>(request: () => Promise<T>) => link.call(() => request().catch(rethrowWithoutCommand))
  const inOrder = perKeyQueue()
  const closing = new AbortController()
  let isNoiseReported = false
  function onNoise(): void {
    if (!isNoiseReported)
      onProblem(new Error("another program publishes on one of our channels; unreadable messages are ignored"))
    isNoiseReported = true
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
    increment: (key) => call(() => redis.incr(key).catch(undefinedIfNotInteger)),
    async delete(key) {
      await call(() => redis.del(key))
    },
    async pushCapped(key, value, { maxLength, ttlMs }) {
      // The client sends them in one request, with whatever else is called now.
      const pushing = () =>
        Promise.all([redis.lpush(key, value), redis.ltrim(key, 0, maxLength - 1), redis.pexpire(key, ttlMs)])
      await call(pushing)
    },
    list: (key) => call(() => redis.lrange<string>(key, 0, -1)),
    // A request holds the value as a JSON string, and a message is encoded twice.
    fits: (value) =>
      value.length < surelyFitsChars || Buffer.byteLength(JSON.stringify(JSON.stringify(value))) <= maxValueBytes,
    append(key, id, value, { mustExist, ttlMs }) {
      const appending = async (): Promise<string | null> => {
        const options = { nomkStream: mustExist }
        if (ttlMs === undefined) return unpipelined.xadd(key, id, { e: value }, options)
        const pipeline = unpipelined.pipeline().xadd(key, id, { e: value }, options).pexpire(key, ttlMs)
        const [appended, expiring] = await pipeline.exec({ keepErrors: true })
        const error = appended.error ?? expiring.error
        if (error) throw Object.assign(new Error(error), { name: "UpstashError" })
        return appended.result ?? null
      }
      return call(() => outcomeOfAppend(appending()))
    },
    readAfter,
    readLast: async (key) => rowsOf(await call(() => redis.xrevrange(key, "+", "-", 1)))[0],
    async expire(key, ttlMs) {
      await call(() => redis.pexpire(key, ttlMs))
    },
    // Requests overtake one another, so each channel has a queue. A message is cut at its first newline, so it travels
    // as JSON.
    publish: (channel, message) =>
      call(() => inOrder(channel, () => unpipelined.publish(channel, JSON.stringify(message)))),
    async subscribe(channel, onMessage, onResubscribed = () => undefined) {
      const leaving = new AbortController()
      const signal = AbortSignal.any([closing.signal, leaving.signal])
      const listening = Promise.withResolvers<void>()
      let isResubscribing = false
      async function listen(): Promise<void> {
        void keepListening(signal, async (onListening) => {
          const messages = await openChannel({ url, token, channel, deadlineMs, onNoise }, signal)
          listening.resolve()
          onListening()
          if (isResubscribing) onResubscribed()
          isResubscribing = true
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

  /** Reads in two halves if the answer would exceed the request limit. */
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
    let isReported = false
    while (!signal.aborted) {
      try {
        await listen(() => {
          isReported = false
        })
      } catch (error) {
        if (!signal.aborted && !isReported) onProblem(error)
        isReported = true
      }
      await wait(resubscribeAfterMs, undefined, { signal }).catch(() => undefined)
    }
  }
}

/** Recognises an error that the store has answered; the client names an unreadable body differently. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && error.name === "UpstashError"
}

function isTooLarge(error: unknown): boolean {
  return error instanceof StoreUnavailable && String(error.cause).includes("max request size exceeded")
}

/** Removes the command from the client's errors: it contains what users wrote, which must not reach the log. */
function rethrowWithoutCommand(error: unknown): never {
  // Others need no change, and an aborted request's cannot be changed.
  if (error instanceof Error && error.message !== withoutCommand(error.message)) {
    error.message = withoutCommand(error.message)
    error.stack = withoutCommand(error.stack ?? "")
  }
  throw error
}

function withoutCommand(text: string): string {
  return text.replace(/, command was:[^\n]*/, "")
}

const rowsSchema = z.array(z.tuple([z.string(), z.tuple([z.literal("e"), z.string()])]))

/** Parses entries, which without deserialization arrive as Redis sends them, whatever the client's type says. */
function rowsOf(entries: unknown): LogRow[] {
  // Only event ids are written to our logs.
  return rowsSchema.parse(entries).map(([id, [, value]]) => ({ id: id as EventId, value }))
}

/** Runs each key's tasks one after another, in the order given. */
function perKeyQueue(): <T>(key: string, task: () => Promise<T>) => Promise<T> {
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
  deadlineMs: number
  /** called for each message that cannot be read */
  onNoise: () => void
}

/**
 * Opens a subscription without the client's own `subscribe`, which hides that a subscription was dropped and accepts no
 * line beyond 1 MB. A link that is dead without a sign ends by `fetch`'s own limit of five silent minutes.
 * @returns the messages, once the store has confirmed the subscription
 */
async function openChannel(
  { url, token, channel, deadlineMs, onNoise }: Channel,
  signal: AbortSignal,
): Promise<AsyncIterable<string>> {
  const attempt = new AbortController()
  try {
    return await withinDeadline(confirmedMessages(AbortSignal.any([signal, attempt.signal])), deadlineMs)
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
    const events = response.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream())
      .values()
    const first = await events.next()
    if (first.done || !first.value.data.startsWith(`subscribe,${channel},`))
      throw new Error("no subscription was confirmed")
    return messagesOf(events, `message,${channel},`, onNoise)
  }
}

/**
 * Yields the messages on a channel. Another program may publish there too: an unreadable message is skipped and the
 * subscription continues.
 */
async function* messagesOf(
  events: AsyncIterable<EventSourceMessage>,
  prefix: string,
  onNoise: () => void,
): AsyncGenerator<string> {
  for await (const { data } of events) {
    if (!data.startsWith(prefix)) continue
    const message = parsedJson(data.slice(prefix.length))
    if (typeof message === "string") yield message
    else onNoise()
  }
}
