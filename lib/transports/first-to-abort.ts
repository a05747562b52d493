/**
 * What browser code has in the place of `AbortSignal.any`. WebKit (seen in 2.50) lets the garbage collector take a signal
 * of that kind although a request waits for it: an abort or a time limit then ends nothing. Whoever is listened to stays.
 * @returns a signal that aborts with the first of these, and for its reason
 */
export function firstToAbort(...signals: AbortSignal[]): AbortSignal {
  const first = AbortSignal.any(signals)
  first.addEventListener("abort", () => undefined, { once: true })
  return first
}
