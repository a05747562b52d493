/**
 * Shares one connection between all tabs of a browser, which over HTTP/1.1 has only six to a server. The tab that holds
 * a lock reads the feed and broadcasts it. When that tab closes, the lock passes on; when it sleeps, a visible tab takes it.
 */
import type { UserEvent } from "#lib/chat-protocol.ts"
import { firstToAbort } from "./first-to-abort.ts"
import { readUserFeed } from "./user-feed.ts"

export interface SharedFeedOptions {
  /** of the lock and the channel; each user needs their own, because another session gets other events */
  name: string
  onEvent(event: UserEvent): void
}

type TabMessage =
  | { kind: "event"; event: UserEvent; to?: string }
  | { kind: "alive" }
  /** a new tab asks for the current state */
  | { kind: "ask"; from: string }

/** The leading tab broadcasts at least every 10 s, with the server's heartbeats. */
const silenceMs = 25_000
const checkEveryMs = 5_000
const aliveEveryMs = 5_000

export type FeedState = Extract<UserEvent, { type: "state" }>

export interface SharedFeed {
  /** the answers being written now; undefined until the first event */
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
  let lastHeardAtMs = Date.now()
  let lastSentAtMs = 0

  function receive(event: UserEvent): void {
    state = stateAfter(state, event)
    onEvent(event)
  }

  const broadcast = (message: TabMessage) => channel.postMessage(message)

  async function lead(deposed: AbortSignal): Promise<void> {
    isLeader = true
    await readUserFeed({
      signal: firstToAbort(signal, deposed),
      onEvent(event) {
        broadcast({ kind: "event", event })
        receive(event)
      },
      onAlive() {
        if (Date.now() - lastSentAtMs < aliveEveryMs) return
        lastSentAtMs = Date.now()
        broadcast({ kind: "alive" })
      },
    })
    isLeader = false
  }

  /** Holds the lock while this tab leads. A tab that loses the lock to another one queues again. */
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
      // Locks are not available at all, as in a page with an opaque origin.
      if (!(error instanceof DOMException && error.name === "AbortError")) return void lead(signal)
    }
    if (!signal.aborted) queue()
  }

  function queue(): void {
    if (isWaiting) return
    isWaiting = true
    void compete({ signal })
  }

  function check(): void {
    const isSilent = Date.now() - lastHeardAtMs > silenceMs
    if (isLeader || !isSilent || document.visibilityState === "hidden") return
    lastHeardAtMs = Date.now()
    void compete({ steal: true })
  }

  channel.addEventListener("message", ({ data }: MessageEvent<TabMessage>) => {
    if (data.kind === "ask") {
      if (isLeader && state) broadcast({ kind: "event", event: state, to: data.from })
      return
    }
    lastHeardAtMs = Date.now()
    if (data.kind === "event" && (data.to ?? id) === id) receive(data.event)
  })
  // A hidden tab may have been asleep, with messages of the leader still waiting to be delivered.
  document.addEventListener(
    "visibilitychange",
    () => {
      lastHeardAtMs = Math.max(lastHeardAtMs, Date.now() - silenceMs + checkEveryMs)
    },
    { signal },
  )
  const timer = setInterval(check, checkEveryMs)
  signal.addEventListener("abort", () => {
    clearInterval(timer)
    channel.close()
  })

  broadcast({ kind: "ask", from: id })
  // Only secure origins have locks. Elsewhere each tab opens its own connection.
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
