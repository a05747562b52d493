import type { Asker } from "#lib/auth/session.ts"
import { expectJson, jsonLimits, parseJson } from "./json-body.ts"
import { checkOrigin } from "./origin.ts"
import { readBytes } from "./read-bytes.ts"
import type { RouteContext } from "./route.ts"

export interface Admission {
  /** the rate limit that the request counts against */
  as: "post" | "lookup"
  /** whether the body may be missing */
  isOptional?: boolean
}

/**
 * Checks a JSON request in the fixed order: type, encoding, origin, size and speed, session, rate; only then parses the
 * body. So no body is read from a client that may not send it, and an unreadable body still counts against the rate.
 * @returns the parsed body; undefined if it is missing
 * @throws ChatError as each check does
 */
export async function admit(
  request: Request,
  { services, requireUser }: Pick<RouteContext, "services" | "requireUser">,
  { as, isOptional = false }: Admission,
): Promise<{ user: Asker; body: unknown }> {
  expectJson(request, isOptional)
  checkOrigin(request, services.config.auth.trustedOrigins)
  const bytes = await readBytes(request, jsonLimits)
  const user = await requireUser()
  const { rateLimits } = services
  await (as === "post" ? rateLimits.countPost(user.id) : rateLimits.countLookup(user.id))
  return { user, body: parseJson(bytes, isOptional) }
}
