/** Breathing: being written. Hollow: nothing is; in accent: it was, and nobody has looked since. Amber ring: reconnecting. Grey: offline. */
export type LiveState = "writing" | "done" | "unread" | "reconnecting" | "offline"

/** The live sign; what it says must stand beside it for who cannot see it. */
export function LiveDot({ state }: { state: LiveState }) {
  return <span aria-hidden className="live-dot" data-live={state} />
}
