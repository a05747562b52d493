import { ChatError } from "#lib/errors.ts"
import type { Handler } from "#lib/http/route.ts"

const exposed = ["Stream-Next-Offset", "Stream-Up-To-Date", "Stream-Closed", "Stream-Cursor", "ETag"].join(", ")

/** Adds what browsers need to know to every response, refusals included: pages of trusted origins may read them. */
export function withBrowserHeaders(handler: Handler): Handler {
  return async (request, context) => {
    const added = browserHeaders(request, context.services.config.auth.trustedOrigins)
    try {
      const response = await handler(request, context)
      for (const [name, value] of added) response.headers.set(name, value)
      return response
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      const headers = new Headers(error.headers)
      for (const [name, value] of added) headers.set(name, value)
      throw new ChatError(error.code, { ...error, message: error.message, cause: error.cause, headers })
    }
  }
}

/** Answers a preflight, which has no session and so learns nothing of streams. */
export function preflightResponse(): Response {
  const headers = {
    "access-control-allow-methods": "GET, HEAD, OPTIONS",
    "access-control-allow-headers": "If-None-Match",
    "cache-control": "no-store",
  }
  return new Response(null, { status: 204, headers })
}

/** Returns the headers of any response to this request. */
export function browserHeaders(request: Request, trustedOrigins: readonly string[]): Headers {
  const headers = new Headers({
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "access-control-expose-headers": exposed,
    vary: "origin",
  })
  const origin = request.headers.get("origin")
  if (origin === null || !trustedOrigins.includes(origin)) return headers
  headers.set("access-control-allow-origin", origin)
  headers.set("access-control-allow-credentials", "true")
  return headers
}
