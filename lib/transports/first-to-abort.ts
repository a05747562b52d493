/**
 * Replaces `AbortSignal.any` in browser code. WebKit (seen in 2.50) garbage-collects such a signal although a request
 * uses it, so that an abort or a time limit has no effect. A signal with a listener is kept.
 * @returns a signal that aborts with the first of these, for the same reason
 */
export function firstToAbort(...signals: AbortSignal[]): AbortSignal {
  const first = AbortSignal.any(signals)
  first.addEventListener("abort", () => undefined, { once: true })
  return first
}
