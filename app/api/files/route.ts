import { fileUrl, maxFileBytes } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { checkOrigin } from "#lib/http/origin.ts"
import { checkDeclaredSize, expectUnencoded, readBytes } from "#lib/http/read-bytes.ts"
import { routes } from "#lib/http/route.ts"

/** A slow phone is let through, one byte a second is not. */
const limits = {
  maxBytes: maxFileBytes,
  tooLarge: "file_too_large",
  patienceMs: 20_000,
  bytesPerSecond: 20_000,
} as const

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  /** Takes one file: the body is its bytes, `x-filename` its name, percent-encoded. */
  async POST(request, { services, requireUser }) {
    const declaredType = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? ""
    if (/^(multipart\/|application\/x-www-form-urlencoded)/.test(declaredType))
      throw new ChatError("unsupported_file_type")
    expectUnencoded(request.headers)
    checkOrigin(request, services.config.auth.trustedOrigins)
    checkDeclaredSize(request, limits)
    // A body this large is read for nobody.
    const user = await requireUser()
    await services.rateLimits.countPost(user.id)
    const bytes = await readBytes(request, limits)
    const filename = decoded(request.headers.get("x-filename") ?? "")
    const { id, mediaType, sizeBytes, ...named } = await services.chat.files.add(user.id, {
      bytes,
      filename,
      declaredType,
    })
    return Response.json({ id, url: fileUrl(id), mediaType, filename: named.filename, sizeBytes }, { status: 201 })
  },
})

/** A name that cannot be read is none. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return ""
  }
}
