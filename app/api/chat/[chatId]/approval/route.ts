import { ChatError } from "#lib/errors.ts"
import { decideApproval, parseDecision } from "#lib/generation/decide.ts"
import { begunResponse } from "#lib/http/begun-response.ts"
import { chatIdFromPath } from "#lib/http/chat-parameters.ts"
import { checkOrigin } from "#lib/http/origin.ts"
import { readJson } from "#lib/http/read-json.ts"
import { routes } from "#lib/http/route.ts"

export const { GET, POST, PUT, PATCH, DELETE } = routes({
  /** Takes what the user says to a call that waits, and goes on with the answer. */
  async POST(request, { services, params, requireUser }) {
    if (services.isDraining) throw new ChatError("shutting_down")
    checkOrigin(request, services.config.auth.trustedOrigins)
    const body = await readJson(request)
    const user = await requireUser()
    await services.rateLimits.countPost(user.id)
    const who = { chatId: chatIdFromPath(params), userId: user.id }
    const decision = parseDecision(body)
    return begunResponse(services, user, () => decideApproval(services.chat, who, decision))
  },
})
