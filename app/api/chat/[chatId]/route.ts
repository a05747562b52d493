import { ChatError } from "#lib/errors.ts"
import { stopChat } from "#lib/generation/stop.ts"
import { chatIdFromPath } from "#lib/http/chat-parameters.ts"
import { checkOrigin } from "#lib/http/origin.ts"
import { routes } from "#lib/http/route.ts"

export const { GET, POST, PUT, PATCH, DELETE } = routes({
  /** Stops what runs, then deletes the chat with all its messages. */
  async DELETE(request, { services, params, requireUser }) {
    checkOrigin(request, services.config.auth.trustedOrigins)
    const user = await requireUser()
    await services.rateLimits.countLookup(user.id)
    const who = { chatId: chatIdFromPath(params), userId: user.id }
    await stopChat(services.chat, who)
    const isDeleted = await services.chat.chats.deleteChat(who.chatId, who.userId)
    if (!isDeleted) throw new ChatError("chat_not_found")
    services.chat.events.publish(user.id, { type: "chat-deleted", chatId: who.chatId })
    return Response.json({ deleted: true })
  },
})
