/**
 * Browsers send cookies by themselves, and Node's `fetch` does not: it is given a cookie jar, by the origin of a request.
 * Each browser has a line of its own, so an origin is one browser.
 */
const headersOf = new Map<string, Record<string, string>>()
const fetchWithoutHeaders = globalThis.fetch

globalThis.fetch = (input, init) => {
  const url = input instanceof Request ? input.url : String(input)
  const own = headersOf.get(new URL(url).origin)
  if (!own) return fetchWithoutHeaders(input, init)
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined))
  for (const [name, value] of Object.entries(own)) headers.set(name, value)
  return fetchWithoutHeaders(input, { ...init, headers })
}

/** From now on requests to this origin carry these headers. */
export function rememberVisitor(origin: string, headers: Record<string, string>): void {
  headersOf.set(origin, headers)
}
