export interface TimeLimit {
  /** aborts with a TimeoutError when the time is over, or as any of the other signals does */
  readonly signal: AbortSignal
  /** To be called when the work is done: until then the timer holds all that listens to the signal. */
  clear(): void
}

/** A time limit that ends with what it limits; `AbortSignal.timeout` always waits until its time is over. */
export function timeLimit(limitMs: number, ...others: AbortSignal[]): TimeLimit {
  const late = new AbortController()
  const timer = setTimeout(
    () => late.abort(new DOMException(`not done within ${limitMs} ms`, "TimeoutError")),
    limitMs,
  ).unref()
  return {
    signal: others.length === 0 ? late.signal : AbortSignal.any([late.signal, ...others]),
    clear: () => clearTimeout(timer),
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
    limit.clear()
  }
}
