import { ChatError } from "#lib/errors.ts"
import { admit } from "#lib/http/admit.ts"
import { chatIdFromPath } from "#lib/http/chat-parameters.ts"
import { stopSchema } from "#lib/http/request-bodies.ts"
import { routes } from "#lib/http/route.ts"
import { stopChat } from "#lib/turns/stop.ts"

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  async POST(request, context) {
    const { services, params } = context
    const { user, body } = await admit(request, context, { as: "lookup", isOptional: true })
    const parsed = stopSchema.optional().safeParse(body)
    if (!parsed.success) throw new ChatError("invalid_request", { cause: parsed.error })
    const who = { chatId: chatIdFromPath(params), userId: user.id }
    return Response.json({ stopped: await stopChat(services.chat, who, parsed.data?.streamId) })
  },
})
