import { ChatError } from "#lib/errors.ts"
import { admit } from "#lib/http/admit.ts"
import { chatIdFromPath } from "#lib/http/chat-parameters.ts"
import { branchSchema } from "#lib/http/request-bodies.ts"
import { routes } from "#lib/http/route.ts"
import { switchBranch } from "#lib/turns/switch-branch.ts"

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  /** Selects the branch that a message is on. @returns the messages of that branch */
  async POST(request, context) {
    const { services, params } = context
    const { user, body } = await admit(request, context, { as: "lookup" })
    const parsed = branchSchema.safeParse(body)
    if (!parsed.success) throw new ChatError("invalid_request", { cause: parsed.error })
    const chatId = chatIdFromPath(params)
    await switchBranch(services.chat, { chatId, userId: user.id, messageId: parsed.data.messageId })
    const messages = await services.chat.repository.messages.list(chatId, user.id)
    if (!messages) throw new ChatError("chat_not_found")
    return Response.json({ messages })
  },
})
