/**
 * `fetch` for a provider that may take the request and then never begin to answer.
 * The AI SDK's own timeouts (7.0.173) start when the response does, and Node's comes after five minutes.
 * @param headersMs default two minutes: a server at home may load the model first
 * @returns rejects with a `TimeoutError` where no response has begun by then; a response that has begun is left alone
 */
export function fetchWithin(headersMs = 120_000): typeof fetch {
  return async (input, init) => {
    const late = new AbortController()
    const timer = setTimeout(
      () => late.abort(new DOMException(`no response within ${headersMs} ms`, "TimeoutError")),
      headersMs,
    )
    try {
      const signals = init?.signal ? [late.signal, init.signal] : [late.signal]
      return await fetch(input, { ...init, signal: AbortSignal.any(signals) })
    } finally {
      clearTimeout(timer)
    }
  }
}
