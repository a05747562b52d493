/** The server no longer knows its session: it was restarted, or dropped the session. The request was not begun. */
export class SessionForgotten extends Error {
  override readonly name = "SessionForgotten"
}

/**
 * Fetches for an MCP client. The protocol answers 404 for an unknown session, and some servers answer 400 with a message
 * about the session. The client (2.0.99) reports neither in a way that tells it from other failures.
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
