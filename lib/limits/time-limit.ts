export interface TimeLimit {
  /** aborts with a TimeoutError when the time is over, or as any of the other signals does */
  readonly signal: AbortSignal
  /**
   * To be called when the work is done. The signal aborts then, where it has not yet: whatever still listens to it is
   * let go. Node keeps a signal that was made of others, and all that listens to it, until it aborts.
   */
  end(): void
}

/** A time limit that ends with what it limits; `AbortSignal.timeout` always waits until its time is over. */
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
    end() {
      clearTimeout(timer)
      leaving.abort()
      limit.abort(new DOMException("the work is done", "AbortError"))
    },
  }
}

/** Does something within a time limit of its own. */
export async function withinLimit<Result>(
  limitMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
  ...others: AbortSignal[]
): Promise<Result> {
  const limit = timeLimit(limitMs, ...others)
  try {
    return await work(limit.signal)
  } finally {
    limit.end()
  }
}
