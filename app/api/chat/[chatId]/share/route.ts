import { ChatError } from "#lib/errors.ts"
import { admit } from "#lib/http/admit.ts"
import { chatIdFromPath } from "#lib/http/chat-parameters.ts"
import { checkOrigin } from "#lib/http/origin.ts"
import { shareSchema } from "#lib/http/request-bodies.ts"
import { type RouteContext, routes } from "#lib/http/route.ts"
import { shareChat } from "#lib/turns/share-chat.ts"

const noStore = { headers: { "cache-control": "no-store" } }

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  /** Returns the chat's public link; null if there is none. */
  async GET(_request, context) {
    const share = await context.services.shares.findShare(await askedFor(context))
    if (share === undefined) throw new ChatError("chat_not_found")
    return Response.json({ share }, noStore)
  },

  /** Creates a link to the chat as it is now, or updates what the existing link shows. */
  async POST(request, context) {
    const { user, body } = await admit(request, context, { as: "lookup", isOptional: true })
    const parsed = shareSchema.optional().safeParse(body)
    if (!parsed.success) throw new ChatError("invalid_request", { cause: parsed.error })
    const of = { chatId: chatIdFromPath(context.params), userId: user.id }
    const { chat, shares } = context.services
    return Response.json({ share: await shareChat(chat, shares, of) }, noStore)
  },

  /** Removes the link. Does nothing if there is none. */
  async DELETE(request, context) {
    checkOrigin(request, context.services.config.auth.trustedOrigins)
    if (!(await context.services.shares.unshare(await askedFor(context)))) throw new ChatError("chat_not_found")
    return Response.json({ share: null }, noStore)
  },
})

async function askedFor({ services, params, requireUser }: RouteContext): Promise<{ chatId: string; userId: string }> {
  const user = await requireUser()
  await services.rateLimits.countLookup(user.id)
  return { chatId: chatIdFromPath(params), userId: user.id }
}
