import { ChatError } from "#lib/errors.ts"

/**
 * Route handlers have no protection of their own against requests that another site's page sends with our cookies.
 * Clients that are no browser send neither header and pass: they hold the cookie themselves.
 * What the browser itself calls another site's counts whatever the addresses say: only an origin that is trusted may be one.
 * @throws ChatError "origin_not_allowed", with a sentence and details for whoever runs the server
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

/** As this server was asked for by the last proxy, and as each proxy before it was. */
function ownNames(headers: Headers): string[] {
  const forwarded = headers.get("x-forwarded-host")?.split(",") ?? []
  return [headers.get("host") ?? "", ...forwarded].map((name) => name.trim())
}

/** In lower case and without the protocol's own port, as browsers write an origin. */
function hostOf(name: string, protocol: string): string | undefined {
  const address = `${protocol}//${name}`
  return URL.canParse(address) ? new URL(address).host : undefined
}

/**
 * The commonest cause is no other site at all, but a proxy that hands on its own name for the server instead of the one the
 * browser used. Who reads the sentence cannot mend that, so it says who can, and how.
 */
function refusal(origin: string | null, headers: Headers, setting: "BETTER_AUTH_URL" | "TRUSTED_ORIGINS"): ChatError {
  const asked = readable(ownNames(headers)[0] ?? "")
  if (origin === null || !URL.canParse(origin)) return new ChatError("origin_not_allowed")
  const from = readable(origin)
  const message =
    setting === "BETTER_AUTH_URL"
      ? `This page's address is ${from}, but the server was asked for as ${asked}, so it refused the request as another site's. Whoever runs the server can set BETTER_AUTH_URL to the public address, or have the proxy hand on the Host header.`
      : `This request came from another site, ${from}, and ${asked} refused it. Whoever runs the server can allow that site with TRUSTED_ORIGINS.`
  const details = [
    { path: "Origin", problem: from },
    { path: "Host", problem: asked },
    { path: setting, problem: "not_set_for_this_origin" },
  ]
  return new ChatError("origin_not_allowed", { message, details })
}

/** A header says whatever its sender likes, as long as it likes. */
function readable(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, "?").slice(0, 100) || "nothing"
}
