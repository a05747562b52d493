/**
 * One connection for all tabs of a browser, which has six for a server (HTTP/1.1): the tab that holds a lock reads the feed
 * and tells the others. When it goes the lock passes on; when it only sleeps, a tab that somebody looks at takes it.
 */
import type { UserEvent } from "#lib/chat-protocol.ts"
import { firstToAbort } from "./first-to-abort.ts"
import { readUserFeed } from "./user-feed.ts"

export interface SharedFeedOptions {
  /** of lock and channel: one a user, since the session of another user brings other news */
  name: string
  onEvent(event: UserEvent): void
}

type TabMessage =
  | { kind: "event"; event: UserEvent; to?: string }
  | { kind: "alive" }
  /** a new tab wants to know what runs */
  | { kind: "ask"; from: string }

/** A leader is heard of every 10 s, as the server's heartbeats come. */
const silenceMs = 25_000
const lookEveryMs = 5_000
const aliveEveryMs = 5_000

export type FeedState = Extract<UserEvent, { type: "state" }>

export interface SharedFeed {
  /** what runs; undefined until something was heard */
  readonly state: FeedState | undefined
  leave(): void
}

export function joinSharedFeed({ name, onEvent }: SharedFeedOptions): SharedFeed {
  const id = crypto.randomUUID()
  const leaving = new AbortController()
  const { signal } = leaving
  const channel = new BroadcastChannel(name)
  let state: FeedState | undefined
  let isLeader = false
  let isWaiting = false
  let heardAtMs = Date.now()
  let saidAtMs = 0

  function take(event: UserEvent): void {
    state = stateAfter(state, event)
    onEvent(event)
  }

  const say = (message: TabMessage) => channel.postMessage(message)

  async function lead(deposed: AbortSignal): Promise<void> {
    isLeader = true
    await readUserFeed({
      signal: firstToAbort(signal, deposed),
      onEvent(event) {
        say({ kind: "event", event })
        take(event)
      },
      onAlive() {
        if (Date.now() - saidAtMs < aliveEveryMs) return
        saidAtMs = Date.now()
        say({ kind: "alive" })
      },
    })
    isLeader = false
  }

  /** Holds the lock for as long as this tab leads. Whoever loses it to another tab queues again. */
  async function compete(options: LockOptions): Promise<void> {
    const deposed = new AbortController()
    try {
      await navigator.locks.request(name, options, () => {
        if (!options.steal) isWaiting = false
        return lead(deposed.signal)
      })
    } catch (error) {
      deposed.abort()
      if (signal.aborted) return
      // No lock is to be had at all, as in a page without an origin of its own.
      if (!(error instanceof DOMException && error.name === "AbortError")) return void lead(signal)
    }
    if (!signal.aborted) queue()
  }

  function queue(): void {
    if (isWaiting) return
    isWaiting = true
    void compete({ signal })
  }

  function look(): void {
    const isSilent = Date.now() - heardAtMs > silenceMs
    if (isLeader || !isSilent || document.visibilityState === "hidden") return
    heardAtMs = Date.now()
    void compete({ steal: true })
  }

  channel.addEventListener("message", ({ data }: MessageEvent<TabMessage>) => {
    if (data.kind === "ask") {
      if (isLeader && state) say({ kind: "event", event: state, to: data.from })
      return
    }
    heardAtMs = Date.now()
    if (data.kind === "event" && (data.to ?? id) === id) take(data.event)
  })
  // Who was hidden may have been asleep, and what was said meanwhile is still to be heard.
  document.addEventListener(
    "visibilitychange",
    () => {
      heardAtMs = Math.max(heardAtMs, Date.now() - silenceMs + lookEveryMs)
    },
    { signal },
  )
  const timer = setInterval(look, lookEveryMs)
  signal.addEventListener("abort", () => {
    clearInterval(timer)
    channel.close()
  })

  say({ kind: "ask", from: id })
  // Only secure origins have locks: elsewhere each tab reads for itself.
  if (navigator.locks) queue()
  else void lead(signal)
  return {
    get state() {
      return state
    },
    leave: () => leaving.abort(),
  }
}

function stateAfter(state: FeedState | undefined, event: UserEvent): FeedState | undefined {
  if (event.type === "state") return event
  if (!state) return undefined
  const others = (streamId: string) => state.running.filter((turn) => turn.streamId !== streamId)
  if (event.type === "turn-started") return { type: "state", running: [...others(event.streamId), event] }
  if (event.type === "turn-ended") return { type: "state", running: others(event.streamId) }
  return state
}
