import { ChatError } from "#lib/errors.ts"
import { admit } from "#lib/http/admit.ts"
import { chatIdFromPath } from "#lib/http/chat-parameters.ts"
import { begunResponse } from "#lib/http/responses/begun-response.ts"
import { routes } from "#lib/http/route.ts"
import { decideApproval } from "#lib/turns/decide.ts"
import { parseDecision } from "#lib/turns/request/decision-request.ts"

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  /** Takes the user's decision on a waiting tool call, and continues the answer. */
  async POST(request, context) {
    const { services, params } = context
    if (services.isDraining) throw new ChatError("shutting_down")
    const { user, body } = await admit(request, context, { as: "post" })
    const who = { chatId: chatIdFromPath(params), userId: user.id }
    const decisions = [parseDecision(body)]
    return begunResponse(services, user, () => decideApproval(services.chat, who, { decisions }))
  },
})
