import { checkOrigin } from "#lib/http/origin.ts"
import { routes } from "#lib/http/route.ts"

export const { GET, POST, PUT, PATCH, DELETE } = routes({
  async GET(request, { services }) {
    return services.auth.answer(request)
  },

  /** Signs in and up, also guests, and out. */
  async POST(request, { services }) {
    checkOrigin(request, services.config.auth.trustedOrigins)
    return services.auth.answer(request)
  },
})
