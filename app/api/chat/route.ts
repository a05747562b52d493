import { ChatError } from "#lib/errors.ts"
import { admit } from "#lib/http/admit.ts"
import { askedTurn } from "#lib/http/asked-turn.ts"
import { chatIdFromQuery, positionOf, streamIdFromQuery } from "#lib/http/chat-parameters.ts"
import { answerResponse } from "#lib/http/responses/answer-response.ts"
import { attachReader } from "#lib/http/responses/attach-reader.ts"
import { attachToBegun, attachToFollowed } from "#lib/http/responses/attached-answer.ts"
import { routes } from "#lib/http/route.ts"
import { followChat } from "#lib/turns/follow.ts"

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

  /** Follows the running answer of a chat, or else sends the last stored one. */
  async GET(request, { services, requireUser }) {
    const user = await requireUser()
    await services.rateLimits.countLookup(user.id)
    const asked = { chatId: chatIdFromQuery(request), userId: user.id, streamId: streamIdFromQuery(request) }
    const followed = await followChat(services.chat, asked, positionOf(request))
    const attach = (streamId: string) => attachReader(services, user, streamId)
    return answerResponse(await attachToFollowed(services.chat, followed, attach))
  },
})
