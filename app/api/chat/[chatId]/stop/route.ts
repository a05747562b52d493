import { z } from "zod"
import { ChatError } from "#lib/errors.ts"
import { stopChat } from "#lib/generation/stop.ts"
import { chatIdFromPath } from "#lib/http/chat-parameters.ts"
import { checkOrigin } from "#lib/http/origin.ts"
import { readJson } from "#lib/http/read-json.ts"
import { routes } from "#lib/http/route.ts"

const stopSchema = z.strictObject({ streamId: z.uuid().optional() }).optional()

export const { GET, POST, PUT, PATCH, DELETE } = routes({
  async POST(request, { services, params, requireUser }) {
    checkOrigin(request, services.config.auth.trustedOrigins)
    const body = await readJson(request, { isOptional: true })
    const user = await requireUser()
    await services.rateLimits.countLookup(user.id)
    const parsed = stopSchema.safeParse(body)
    if (!parsed.success) throw new ChatError("invalid_request", { cause: parsed.error })
    const who = { chatId: chatIdFromPath(params), userId: user.id }
    return Response.json({ stopped: await stopChat(services.chat, who, parsed.data?.streamId) })
  },
})
