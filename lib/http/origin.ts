import { ChatError } from "#lib/errors.ts"

/**
 * Refuses requests that another site's page sends with our cookies; Next protects only its server actions, not route
 * handlers. Clients other than browsers send neither header and pass: they hold the cookie themselves. A request that
 * the browser marks as cross-site is refused even if the addresses match, unless its origin is trusted.
 * @throws ChatError "origin_not_allowed", with a message and details for the server's operator
 */
export function checkOrigin({ headers }: Request, trustedOrigins: string[]): void {
  const origin = headers.get("origin")
  if (origin !== null && trustedOrigins.includes(origin)) return
  if (headers.get("sec-fetch-site") === "cross-site") throw refusal(origin, headers, "TRUSTED_ORIGINS")
  if (origin !== null && !isOwn(origin, headers)) throw refusal(origin, headers, "BETTER_AUTH_URL")
}

function isOwn(origin: string, headers: Headers): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, host } = new URL(origin)
  return ownNames(headers).some((name) => hostOf(name, protocol) === host)
}

/** Lists the host names of this server: as the last proxy wrote it, and each proxy before that. */
function ownNames(headers: Headers): string[] {
  const forwarded = headers.get("x-forwarded-host")?.split(",") ?? []
  return [headers.get("host") ?? "", ...forwarded].map((name) => name.trim())
}

/** Normalises a host to lower case without the default port, as browsers write an origin. */
function hostOf(name: string, protocol: string): string | undefined {
  const address = `${protocol}//${name}`
  return URL.canParse(address) ? new URL(address).host : undefined
}

/**
 * Explains the refusal. The usual cause is a proxy that passes its own name for the server instead of the one the
 * browser used. The reader of the message cannot fix that, so it says who can, and how.
 */
function refusal(origin: string | null, headers: Headers, setting: "BETTER_AUTH_URL" | "TRUSTED_ORIGINS"): ChatError {
  const asked = readable(ownNames(headers)[0] ?? "")
  if (origin === null || !URL.canParse(origin)) return new ChatError("origin_not_allowed")
  const from = readable(origin)
  const message =
    setting === "BETTER_AUTH_URL"
      ? `This page's address is ${from}, but the request reached the server as ${asked}, so it was refused as another site's. The server's operator can set BETTER_AUTH_URL to the public address, or make the proxy pass on the Host header.`
      : `This request came from another site, ${from}, and ${asked} refused it. The server's operator can allow that site with TRUSTED_ORIGINS.`
  const details = [
    { path: "Origin", problem: from },
    { path: "Host", problem: asked },
    { path: setting, problem: "not_set_for_this_origin" },
  ]
  return new ChatError("origin_not_allowed", { message, details })
}

/** Limits a header's characters and length, since its sender chooses both. */
function readable(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, "?").slice(0, 100) || "nothing"
}
