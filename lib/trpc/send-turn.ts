import type { Asker } from "#lib/auth/session.ts"
import { askedTurn } from "#lib/http/asked-turn.ts"
import { outliveResponse } from "#lib/http/responses/outlive-response.ts"
import type { TrpcContext } from "./context.ts"

/**
 * Begins the turn that a POST with this body would, or finds what it began before. No reader is attached.
 * @returns the stream's id
 * @throws ChatError as a POST does
 */
export async function sendTurn(
  { services, user, idempotencyKey }: TrpcContext & { user: Asker },
  body: unknown,
): Promise<string> {
  const begun = await askedTurn(services.chat, user.id, { body, idempotencyKey }).begin()
  if (begun.kind === "begun") {
    outliveResponse(begun.ended, services.logger)
    await begun.opened.items.cancel()
  } else if (begun.followed.kind === "live") await begun.followed.stream.items.cancel()
  return begun.streamId
}
