/** "writing" pulses, "done" is hollow, "unread" is an accent ring, "reconnecting" an amber ring, "offline" is grey. */
export type LiveState = "writing" | "done" | "unread" | "reconnecting" | "offline"

/** The dot that shows the live state. Whoever uses it must state the same in text for screen readers. */
export function LiveDot({ state }: { state: LiveState }) {
  return <span aria-hidden className="live-dot" data-live={state} />
}
