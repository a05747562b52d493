import { ChatError } from "#lib/errors.ts"
import { chatIdFromPath } from "#lib/http/chat-parameters.ts"
import { routes } from "#lib/http/route.ts"

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  async GET(_request, { services, params, requireUser }) {
    const user = await requireUser()
    await services.rateLimits.countLookup(user.id)
    const messages = await services.chat.repository.messages.list(chatIdFromPath(params), user.id)
    if (!messages) throw new ChatError("chat_not_found")
    return Response.json({ messages }, { headers: { "cache-control": "no-store" } })
  },
})
