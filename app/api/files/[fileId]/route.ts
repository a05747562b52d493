import { z } from "zod"
import { ChatError } from "#lib/errors.ts"
import { encodedFileName } from "#lib/export/chat-export.ts"
import { checkOrigin } from "#lib/http/origin.ts"
import { type RouteContext, routes } from "#lib/http/route.ts"

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  /** Sends a file to its owner. Browsers display only pictures and save the rest. Its security policy is in `next.config.ts`. */
  async GET(_request, { services, params, requireUser }) {
    const user = await requireUser()
    await services.rateLimits.countLookup(user.id)
    const file = await services.chat.files.open(fileIdFrom(params), user.id)
    const isShown = file.mediaType.startsWith("image/")
    return new Response(file.bytes, {
      headers: {
        "content-type": file.mediaType.startsWith("text/") ? `${file.mediaType}; charset=utf-8` : file.mediaType,
        "content-disposition": `${isShown ? "inline" : "attachment"}; ${encodedFileName(file.filename)}`,
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "private, max-age=3600, immutable",
      },
    })
  },

  /** Deletes a file that is not part of a message. */
  async DELETE(request, { services, params, requireUser }) {
    checkOrigin(request, services.config.auth.trustedOrigins)
    const user = await requireUser()
    await services.rateLimits.countLookup(user.id)
    await services.chat.files.remove(fileIdFrom(params), user.id)
    return Response.json({ deleted: true })
  },
})

function fileIdFrom(params: RouteContext["params"]): string {
  const parsed = z.uuid().safeParse(params["fileId"])
  if (!parsed.success) throw new ChatError("file_not_found")
  return parsed.data.toLowerCase()
}
