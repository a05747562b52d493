import type { Asker } from "#lib/auth/session.ts"
import { ChatError } from "#lib/errors.ts"
import { checkOrigin } from "#lib/http/origin.ts"
import { type AttachedReader, attachReader } from "#lib/http/responses/attach-reader.ts"
import type { RouteContext } from "#lib/http/route.ts"

/** The largest frame: 8 MB of messages, since a stock client sends the whole chat each time, and what is around them. */
export const maxFrameBytes = 8_100_000

const originMissing = "A WebSocket handshake must name the page it comes from, in the header Origin."

export interface AdmittedSocket {
  services: RouteContext["services"]
  user: Asker
  /** counts the socket; to be left when it closes */
  reader: AttachedReader
}

/**
 * Checks a WebSocket handshake like any other request, with one difference: it must have an `Origin`. Browsers always
 * send one, and a browser would let any site open a socket with our cookies.
 * @throws ChatError as each check does
 */
export async function admitSocket(
  request: Request,
  { services, requireUser }: Pick<RouteContext, "services" | "requireUser">,
): Promise<AdmittedSocket> {
  if (services.isDraining) throw new ChatError("shutting_down")
  if (!request.headers.has("origin")) throw new ChatError("origin_not_allowed", { message: originMissing })
  checkOrigin(request, services.config.auth.trustedOrigins)
  const user = await requireUser()
  await services.rateLimits.countLookup(user.id)
  return { services, user, reader: attachReader(services, user) }
}
