import { ChatError } from "#lib/errors.ts"
import { admit } from "#lib/http/admit.ts"
import { chatIdFromPath } from "#lib/http/chat-parameters.ts"
import { answerResponse } from "#lib/http/responses/answer-response.ts"
import { attachToBegun } from "#lib/http/responses/attached-answer.ts"
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
    const begin = () => decideApproval(services.chat, who, { decisions })
    return answerResponse(await attachToBegun(services, user, begin))
  },
})
