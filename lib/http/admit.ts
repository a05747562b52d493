import type { Asker } from "#lib/auth/session.ts"
import { expectJson, jsonLimits, parseJson } from "./json-body.ts"
import { checkOrigin } from "./origin.ts"
import { readBytes } from "./read-bytes.ts"
import type { RouteContext } from "./route.ts"

export interface Admission {
  /** which of the user's requests it counts as */
  as: "post" | "lookup"
  /** may the body be left out? */
  isOptional?: boolean
}

/**
 * What everybody passes who sends JSON, in the one order there is: type, encoding, origin, size and pace, session, rate; and only
 * then what the body says. So nothing is read of who may not send it, and what cannot be read counts like anything else.
 * @returns the body as it was given, undefined where it was left out
 * @throws ChatError as each of these has it
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
