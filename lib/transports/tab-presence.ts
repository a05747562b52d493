import { isRestored } from "./page-restored.ts"

/**
 * Whether anybody looks at this tab. One that nobody looks at lets its stream go: a browser has six connections for all
 * its tabs on a server (HTTP/1.1), and keeps no page for the back button that has one open.
 */
export interface TabPresence {
  /** hidden for longer than a glance elsewhere takes, frozen, or left for another page */
  readonly isAway: boolean
  /** Resolves at once unless away. @throws the signal's reason */
  back(signal: AbortSignal): Promise<void>
  close(): void
}

/**
 * What there is to do: "away" let the stream go; "online" take a new connection, the old one went with the network;
 * "restored" the same, and whatever came of the old one was none of the server's doing.
 */
export type PresenceChange = "away" | "online" | "restored"

/** Long enough to look something up in another tab, short of the moment where a row of opened tabs runs out of connections. */
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

  // Elsewhere than in a browser somebody always looks.
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
