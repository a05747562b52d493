import { isDeepStrictEqual } from "node:util"
import { ChatError } from "#lib/errors.ts"
import { authRefusal } from "#lib/http/auth-refusal.ts"
import { expectJson, jsonLimits, parseJson } from "#lib/http/json-body.ts"
import { checkOrigin } from "#lib/http/origin.ts"
import { readBytes } from "#lib/http/read-bytes.ts"
import { type RouteContext, routes } from "#lib/http/route.ts"
import { plainValue } from "#lib/plain-value.ts"

/** Enough for a name, an address and a password. better-auth itself limits neither the size nor the time of a body. */
const limits = { ...jsonLimits, maxBytes: 64_000 }

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  GET: answered,

  /** Signs users and guests in, creates accounts, and signs out. */
  async POST(request, context) {
    expectJson(request, true)
    checkOrigin(request, context.services.config.auth.trustedOrigins)
    const bytes = await readBytes(request, limits)
    const body = parseJson(bytes, true)
    if (!isDeepStrictEqual(plainValue(body), body)) throw new ChatError("invalid_text")
    const { url, method, headers } = request
    return answered(new Request(url, { method, headers, body: body === undefined ? null : bytes }), context)
  },
})

async function answered(request: Request, { services, requestId }: RouteContext): Promise<Response> {
  const response = await services.auth.answer(request)
  return response.status < 400 ? response : authRefusal(response, requestId)
}
