import { ChatError } from "#lib/errors.ts"

/**
 * Route handlers have no protection of their own against requests that another site's page sends with our cookies.
 * Clients that are no browser send neither header and pass: they hold the cookie themselves.
 * @throws ChatError "origin_not_allowed"
 */
export function checkOrigin(request: Request, trustedOrigins: string[]): void {
  const origin = request.headers.get("origin")
  if (origin === null) {
    if (request.headers.get("sec-fetch-site") === "cross-site") throw new ChatError("origin_not_allowed")
    return
  }
  const ownHosts = [request.headers.get("host"), request.headers.get("x-forwarded-host")]
  const isOwn = URL.canParse(origin) && ownHosts.includes(new URL(origin).host)
  if (!isOwn && !trustedOrigins.includes(origin)) throw new ChatError("origin_not_allowed")
}
