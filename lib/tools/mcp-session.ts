/** The server does not know the session it gave: it has been restarted, or has thrown the session away. Nothing was begun. */
export class SessionForgotten extends Error {
  override readonly name = "SessionForgotten"
}

/**
 * `fetch` for an MCP client: the protocol's answer to a session that is not known any more is 404, and some servers say
 * 400 with words on the session. The client (2.0.99) reports neither in a way that tells it from other failures.
 * @throws SessionForgotten
 */
export const sessionFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init)
  if (!new Headers(init?.headers).has("mcp-session-id") || init?.method !== "POST") return response
  if (response.status === 404) {
    await response.body?.cancel()
    throw new SessionForgotten("the server has forgotten its session")
  }
  if (response.status !== 400) return response
  const words = await response.text()
  if (/session|not initialized/i.test(words)) throw new SessionForgotten("the server has forgotten its session")
  return new Response(words, { status: response.status, headers: response.headers })
}
