import { fileUrl, maxFileBytes } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { checkOrigin } from "#lib/http/origin.ts"
import { checkDeclaredSize, expectUnencoded, readBytes } from "#lib/http/read-bytes.ts"
import { routes } from "#lib/http/route.ts"

/** Slow enough for a phone on a bad network, and too fast for a deliberately slow client. */
const limits = {
  maxBytes: maxFileBytes,
  tooLarge: "file_too_large",
  patienceMs: 20_000,
  bytesPerSecond: 20_000,
} as const

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  /** Stores one file: the body is its content, and `x-filename` its percent-encoded name. */
  async POST(request, { services, requireUser }) {
    const declaredType = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? ""
    if (/^(multipart\/|application\/x-www-form-urlencoded)/.test(declaredType))
      throw new ChatError("unsupported_file_type")
    expectUnencoded(request.headers)
    checkOrigin(request, services.config.auth.trustedOrigins)
    checkDeclaredSize(request, limits)
    // Rejects a body that is too large without reading it.
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

/** @returns undefined if the name cannot be decoded */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return ""
  }
}
