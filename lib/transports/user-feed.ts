import { createParser } from "eventsource-parser"
import type { UserEvent } from "#lib/chat-protocol.ts"
import { parsedJson } from "#lib/parsed-json.ts"
import { addresses } from "./chat-api.ts"
import { firstToAbort } from "./first-to-abort.ts"
import { classifyResponse } from "./own-answer.ts"
import { withDeadline } from "./with-deadline.ts"

export interface UserFeedOptions {
  /** ends the feed */
  signal: AbortSignal
  onEvent(event: UserEvent): void
  /** called while the feed is working: something arrived, if only a heartbeat, or a connection is being opened */
  onAlive(): void
}

/** The server sends a heartbeat at least every 10 s. */
const silenceMs = 25_000
const shortestPauseMs = 1_000
const longestPauseMs = 30_000

/**
 * Reads the events of the user's chats until the signal aborts. Reconnects after 1, 2, 4 … 30 s, and at once when the
 * network returns or the tab is shown. Never throws, and misses nothing: each connection begins with the current state.
 */
export async function readUserFeed({ signal, onEvent, onAlive }: UserFeedOptions): Promise<void> {
  for (let pauseMs = shortestPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    onAlive()
    const attempt = new AbortController()
    try {
      const asking = fetch(addresses.events, { cache: "no-store", signal: firstToAbort(signal, attempt.signal) })
      const { isOwn, response } = await classifyResponse(await asking, "stream")
      if (isOwn && response.ok && response.body)
        await readEvents(response.body, signal, (events) => {
          pauseMs = shortestPauseMs
          onAlive()
          for (const event of events) onEvent(event)
        })
      // Without a session, or with too many tabs, retrying soon does not help. A server that is down may be back soon.
      else if (isOwn && response.status < 500) pauseMs = longestPauseMs
    } catch {
      // Whatever broke the connection: the next one begins with the current state.
    } finally {
      attempt.abort()
    }
    if (!signal.aborted) await pauseOrWoken(pauseMs * (1 + Math.random() / 2), signal)
  }
}

async function readEvents(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  onHeard: (events: UserEvent[]) => void,
): Promise<void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const heard: UserEvent[] = []
  const parser = createParser({
    onEvent({ event, data }) {
      const fields = parsedJson(data)
      // Sent by our own server. Types that a newer server knows and this page does not are ignored further on.
      if (typeof fields === "object" && fields !== null) heard.push({ type: event, ...fields } as UserEvent)
    },
  })
  for (;;) {
    const { done, value } = await withDeadline(reader.read(), silenceMs, signal)
    if (done) return
    parser.feed(decoder.decode(value, { stream: true }))
    onHeard(heard.splice(0))
  }
}

function pauseOrWoken(pauseMs: number, signal: AbortSignal): Promise<void> {
  const waking = new AbortController()
  return new Promise((resolve) => {
    const wake = () => {
      waking.abort()
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(wake, pauseMs)
    const listening = { signal: waking.signal }
    signal.addEventListener("abort", wake, listening)
    window.addEventListener("online", wake, listening)
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake(), listening)
  })
}
