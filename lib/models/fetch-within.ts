/**
 * Limits the time until a provider's response begins. The AI SDK's own timeouts (7.0.173) start with the response, and
 * Node's comes after five minutes.
 * @param headersMs default two minutes: a local server may have to load the model first
 * @returns a `fetch` that rejects with a `TimeoutError` if no response begins in time; a response that has begun is not
 * limited
 */
export function fetchWithin(headersMs = 120_000): typeof fetch {
  return async (input, init) => {
    const timeout = new AbortController()
    const timer = setTimeout(
      () => timeout.abort(new DOMException(`no response within ${headersMs} ms`, "TimeoutError")),
      headersMs,
    )
    try {
      const signals = init?.signal ? [timeout.signal, init.signal] : [timeout.signal]
      return await fetch(input, { ...init, signal: AbortSignal.any(signals) })
    } finally {
      clearTimeout(timer)
    }
  }
}
