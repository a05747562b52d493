import { ChatError } from "#lib/errors.ts"
import { admit } from "#lib/http/admit.ts"
import { chatIdFromPath, singleParameter } from "#lib/http/chat-parameters.ts"
import { checkOrigin } from "#lib/http/origin.ts"
import { titleSchema } from "#lib/http/request-bodies.ts"
import { routes } from "#lib/http/route.ts"
import { deleteChat } from "#lib/turns/delete-chat.ts"

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  /** Renames the chat. @returns the title as stored */
  async PATCH(request, context) {
    const { services, params } = context
    const { user, body } = await admit(request, context, { as: "lookup" })
    const parsed = titleSchema.safeParse(body)
    if (!parsed.success) throw new ChatError("invalid_title", { cause: parsed.error })
    const { title } = parsed.data
    const chatId = chatIdFromPath(params)
    if (!(await services.chat.repository.chats.rename({ chatId, userId: user.id, title })))
      throw new ChatError("chat_not_found")
    services.chat.events.publish(user.id, { type: "chat-renamed", chatId, title })
    return Response.json({ title })
  },

  /**
   * Deletes the chat with all its messages and its running answer. With `askedMsAgo` only if no turn has begun since
   * then: a page waits before it deletes, and meanwhile the chat may be continued on another device.
   */
  async DELETE(request, { services, params, requireUser }) {
    checkOrigin(request, services.config.auth.trustedOrigins)
    const user = await requireUser()
    await services.rateLimits.countLookup(user.id)
    const chatId = chatIdFromPath(params)
    await deleteChat(services.chat, { chatId, userId: user.id, askedMsAgo: askedMsAgo(request) })
    return Response.json({ deleted: true })
  },
})

/** Longer than any page waits before it deletes. */
const mostMsAgo = 3_600_000

/** @throws ChatError "invalid_request", "duplicate_parameter" */
function askedMsAgo(request: Request): number | undefined {
  const given = singleParameter(request, "askedMsAgo")
  if (given === undefined) return undefined
  if (!/^\d{1,7}$/.test(given) || Number(given) > mostMsAgo) throw new ChatError("invalid_request")
  return Number(given)
}
