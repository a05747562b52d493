import { z } from "zod"
import { ChatError } from "#lib/errors.ts"
import { switchBranch } from "#lib/generation/branch.ts"
import { messageIdSchema } from "#lib/generation/turn-request.ts"
import { chatIdFromPath } from "#lib/http/chat-parameters.ts"
import { checkOrigin } from "#lib/http/origin.ts"
import { readJson } from "#lib/http/read-json.ts"
import { routes } from "#lib/http/route.ts"

const branchSchema = z.strictObject({ messageId: messageIdSchema })

export const { GET, POST, PUT, PATCH, DELETE } = routes({
  /** Shows the branch a message is on. @returns the messages that are shown now */
  async POST(request, { services, params, requireUser }) {
    checkOrigin(request, services.config.auth.trustedOrigins)
    const body = await readJson(request)
    const user = await requireUser()
    await services.rateLimits.countLookup(user.id)
    const parsed = branchSchema.safeParse(body)
    if (!parsed.success) throw new ChatError("invalid_request", { cause: parsed.error })
    const chatId = chatIdFromPath(params)
    await switchBranch(services.chat, { chatId, userId: user.id, messageId: parsed.data.messageId })
    const messages = await services.chat.chats.listMessages(chatId, user.id)
    if (!messages) throw new ChatError("chat_not_found")
    return Response.json({ messages })
  },
})
