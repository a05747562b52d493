import { isRestored } from "./page-restored.ts"

/**
 * Whether anyone is looking at this tab. A hidden tab closes its stream: over HTTP/1.1 a browser has six connections to
 * a server for all its tabs, and it keeps no page with an open connection for the back button.
 */
export interface TabPresence {
  /** the tab was frozen, left for another page, or hidden for longer than a glance at another tab takes */
  readonly isAway: boolean
  /** Resolves when the tab is no longer away, which may be at once. @throws the signal's reason */
  back(signal: AbortSignal): Promise<void>
  close(): void
}

/**
 * "away": close the stream. "online": the network is back, so open a new connection in place of the dead one.
 * "restored": the same after a return by the back button; how the old connection ended says nothing about the server.
 */
export type PresenceChange = "away" | "online" | "restored"

/** Long enough to look something up in another tab, short enough that opening many tabs does not run out of connections. */
const glanceMs = 3_000

export function watchTab(onChange: (change: PresenceChange) => void): TabPresence {
  const closing = new AbortController()
  const { signal: closed } = closing
  const comingBack = new EventTarget()
  let isAway = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function leave(): void {
    clearTimeout(timer)
    if (isAway) return
    isAway = true
    onChange("away")
  }

  function look(): void {
    clearTimeout(timer)
    if (document.visibilityState === "hidden") {
      timer = setTimeout(leave, glanceMs)
    } else if (isAway) {
      isAway = false
      comingBack.dispatchEvent(new Event("back"))
    }
  }

  function show(event: Event): void {
    look()
    if (isRestored(event)) onChange("restored")
  }

  // Outside a browser the tab counts as visible.
  if (typeof document !== "undefined") {
    document.addEventListener("visibilitychange", look, { signal: closed })
    document.addEventListener("freeze", leave, { signal: closed })
    document.addEventListener("resume", look, { signal: closed })
    window.addEventListener("pagehide", leave, { signal: closed })
    window.addEventListener("pageshow", show, { signal: closed })
    window.addEventListener("online", () => onChange("online"), { signal: closed })
    closed.addEventListener("abort", () => clearTimeout(timer))
    look()
  }

  return {
    get isAway() {
      return isAway
    },
    async back(signal) {
      while (isAway) await eventOf(comingBack, "back", signal)
    },
    close: () => closing.abort(),
  }
}

function eventOf(target: EventTarget, name: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason)
    if (signal.aborted) return giveUp()
    signal.addEventListener("abort", giveUp, { once: true })
    target.addEventListener(
      name,
      () => {
        signal.removeEventListener("abort", giveUp)
        resolve()
      },
      { once: true },
    )
  })
}
