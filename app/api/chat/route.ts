import { ChatError } from "#lib/errors.ts"
import { admit } from "#lib/http/admit.ts"
import { chatIdFromQuery, positionOf } from "#lib/http/chat-parameters.ts"
import { namedRequest } from "#lib/http/named-request.ts"
import { attachReader } from "#lib/http/responses/attach-reader.ts"
import { begunResponse } from "#lib/http/responses/begun-response.ts"
import { followedResponse } from "#lib/http/responses/followed-response.ts"
import { routes } from "#lib/http/route.ts"
import { beginGeneration } from "#lib/turns/begin.ts"
import { decideApproval } from "#lib/turns/decide.ts"
import { followChat } from "#lib/turns/follow.ts"
import { parseTurnRequest } from "#lib/turns/request/turn-request.ts"
import { unseenChunks } from "#lib/turns/request/unseen-chunks.ts"

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  /** Begins a generation, or follows the one that the same message, or a stock client's same decision, began before. */
  async POST(request, context) {
    const { services } = context
    if (services.isDraining) throw new ChatError("shutting_down")
    const { user, body } = await admit(request, context, { as: "post" })
    const turn = parseTurnRequest(body)
    const { asks, chatId } = turn
    if (asks.kind === "decide") {
      const decide = () => decideApproval(services.chat, { chatId, userId: user.id }, asks)
      return begunResponse(services, user, decide, asks.shown && unseenChunks(asks.shown))
    }
    const named = namedRequest(request, user.id, turn)
    return begunResponse(services, user, () => beginGeneration(services.chat, user.id, { ...turn, named }))
  },

  /** Follows the running answer of a chat, or else sends the last stored one. */
  async GET(request, { services, requireUser }) {
    const user = await requireUser()
    await services.rateLimits.countLookup(user.id)
    const chatId = chatIdFromQuery(request)
    const followed = await followChat(services.chat, { chatId, userId: user.id }, positionOf(request))
    return followedResponse(services.chat, followed, (streamId) => attachReader(services, user, streamId))
  },
})
