import { ChatError } from "#lib/errors.ts"
import { admit } from "#lib/http/admit.ts"
import { askedTurn } from "#lib/http/asked-turn.ts"
import { followNewest } from "#lib/http/following/handlers.ts"
import { answerResponse } from "#lib/http/responses/answer-response.ts"
import { attachToBegun } from "#lib/http/responses/attached-answer.ts"
import { routes } from "#lib/http/route.ts"

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  /** Begins a generation, or follows the one that the same message, or a stock client's same decision, began before. */
  async POST(request, context) {
    const { services } = context
    if (services.isDraining) throw new ChatError("shutting_down")
    const { user, body } = await admit(request, context, { as: "post" })
    const idempotencyKey = request.headers.get("idempotency-key")
    const { begin, pick } = askedTurn(services.chat, user.id, { body, idempotencyKey })
    return answerResponse(await attachToBegun(services, user, begin), pick)
  },

  GET: followNewest,
})
