import { ChatError } from "#lib/errors.ts"
import { checkOrigin } from "#lib/http/origin.ts"
import { routes } from "#lib/http/route.ts"

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  /** Breaks the store for the demo, on development servers only: see `Store.restart`. */
  async POST(request, { services, requireUser }) {
    const { config, store } = services
    if (config.isProduction || !store.restart) throw new ChatError("not_found")
    checkOrigin(request, config.auth.trustedOrigins)
    await requireUser()
    store.restart()
    return Response.json({ restarted: store.name })
  },
})
