import { chatIdFromPath, positionOf } from "#lib/http/chat-parameters.ts"
import { attachReader } from "#lib/http/responses/attach-reader.ts"
import { followedResponse, nothingToFollow } from "#lib/http/responses/followed-response.ts"
import { routes } from "#lib/http/route.ts"
import { followChat } from "#lib/turns/follow.ts"

/** The address a stock client asks when its page opens: it has the stored messages and wants only what runs. */
export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  async GET(request, { services, params, requireUser }) {
    const user = await requireUser()
    await services.rateLimits.countLookup(user.id)
    const who = { chatId: chatIdFromPath(params), userId: user.id }
    const followed = await followChat(services.chat, who, positionOf(request))
    if (followed.kind === "stored") return nothingToFollow()
    return followedResponse(services.chat, followed, (streamId) => attachReader(services, user, streamId))
  },
})
