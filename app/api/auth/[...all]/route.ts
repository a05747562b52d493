import { expectJson, jsonLimits } from "#lib/http/json-body.ts"
import { checkOrigin } from "#lib/http/origin.ts"
import { readBytes } from "#lib/http/read-bytes.ts"
import { routes } from "#lib/http/route.ts"

/** A name, an address and a password. better-auth itself would read whatever comes, for as long as it comes. */
const limits = { ...jsonLimits, maxBytes: 64_000 }

export const { GET, POST, PUT, PATCH, DELETE } = routes({
  async GET(request, { services }) {
    return services.auth.answer(request)
  },

  /** Signs in and up, also guests, and out. */
  async POST(request, { services }) {
    expectJson(request, true)
    checkOrigin(request, services.config.auth.trustedOrigins)
    const bytes = await readBytes(request, limits)
    const body = bytes.byteLength > 0 ? bytes : null
    return services.auth.answer(new Request(request.url, { method: "POST", headers: request.headers, body }))
  },
})
