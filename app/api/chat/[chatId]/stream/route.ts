import { chatIdFromPath, positionOf, streamIdFromQuery } from "#lib/http/chat-parameters.ts"
import { answerResponse, nothingToFollow } from "#lib/http/responses/answer-response.ts"
import { attachReader } from "#lib/http/responses/attach-reader.ts"
import { attachToFollowed } from "#lib/http/responses/attached-answer.ts"
import { routes } from "#lib/http/route.ts"
import { followChat } from "#lib/turns/follow.ts"

/** For stock clients, which have the stored messages when their page opens and ask here for the running answer. */
export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  async GET(request, { services, params, requireUser }) {
    const user = await requireUser()
    await services.rateLimits.countLookup(user.id)
    const asked = { chatId: chatIdFromPath(params), userId: user.id, streamId: streamIdFromQuery(request) }
    const followed = await followChat(services.chat, asked, positionOf(request))
    if (followed.kind === "stored") return nothingToFollow()
    const attach = (streamId: string) => attachReader(services, user, streamId)
    return answerResponse(await attachToFollowed(services.chat, followed, attach))
  },
})
