import { ChatError } from "#lib/errors.ts"

/**
 * Route handlers have no protection of their own against requests that another site's page sends with our cookies.
 * Clients that are no browser send neither header and pass: they hold the cookie themselves.
 * What the browser itself calls another site's counts whatever the addresses say: only an origin that is trusted may be one.
 * @throws ChatError "origin_not_allowed"
 */
export function checkOrigin({ headers }: Request, trustedOrigins: string[]): void {
  const origin = headers.get("origin")
  if (origin !== null && trustedOrigins.includes(origin)) return
  const isCrossSite = headers.get("sec-fetch-site") === "cross-site"
  if (isCrossSite || (origin !== null && !isOwn(origin, headers))) throw new ChatError("origin_not_allowed")
}

function isOwn(origin: string, headers: Headers): boolean {
  const ownHosts = [headers.get("host"), headers.get("x-forwarded-host")]
  return URL.canParse(origin) && ownHosts.includes(new URL(origin).host)
}
