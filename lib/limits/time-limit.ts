export interface TimeLimit extends Disposable {
  /** aborts with a TimeoutError when the time is over, or as any of the other signals does */
  readonly signal: AbortSignal
}

/**
 * Starts a time limit for the block that holds it by `using`; `AbortSignal.timeout` always runs to the end of its time.
 * Its end aborts the signal if nothing has, which releases its listeners: Node keeps a combined signal and its listeners
 * until it aborts.
 */
export function timeLimit(limitMs: number, ...others: AbortSignal[]): TimeLimit {
  const limit = new AbortController()
  const timer = setTimeout(
    () => limit.abort(new DOMException(`not done within ${limitMs} ms`, "TimeoutError")),
    limitMs,
  ).unref()
  const leaving = new AbortController()
  for (const other of others) {
    if (other.aborted) limit.abort(other.reason)
    else other.addEventListener("abort", () => limit.abort(other.reason), { signal: leaving.signal, once: true })
  }
  return {
    signal: limit.signal,
    [Symbol.dispose]() {
      clearTimeout(timer)
      leaving.abort()
      limit.abort(new DOMException("the work is done", "AbortError"))
    },
  }
}

/** Runs work within a time limit. */
export async function withinLimit<Result>(
  limitMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
  ...others: AbortSignal[]
): Promise<Result> {
  using limit = timeLimit(limitMs, ...others)
  return await work(limit.signal)
}
