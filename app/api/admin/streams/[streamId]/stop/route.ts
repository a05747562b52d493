import { ChatError } from "#lib/errors.ts"
import { adminRoutes } from "#lib/http/admin-routes.ts"
import { checkOrigin } from "#lib/http/origin.ts"
import { streamIdSchema } from "#lib/turns/request/turn-request.ts"
import { stopStream } from "#lib/turns/stop.ts"

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = adminRoutes({
  /** Stops an answer as its user could, and logs which admin did. */
  async POST(request, { services, params, requestId, requireUser }) {
    checkOrigin(request, services.config.auth.trustedOrigins)
    const streamId = streamIdSchema.safeParse(params["streamId"])
    if (!streamId.success) throw new ChatError("stream_not_found")
    const admin = await requireUser()
    const { stopped, chatId, userId } = await stopStream(services.chat, streamId.data)
    const audited = { requestId, adminId: admin.id, streamId: streamId.data, chatId, userId, stopped }
    services.logger.info(audited, "an admin stopped an answer")
    return Response.json({ stopped })
  },
})
