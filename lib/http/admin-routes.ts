import { isAdmin } from "#lib/auth/session.ts"
import { ChatError } from "#lib/errors.ts"
import { type Handler, type Method, methods, type RouteContext, routes } from "./route.ts"

/** Builds routes that answer 404 to everyone but admins, for every method. */
export function adminRoutes(handlers: Partial<Record<Method, Handler>>): ReturnType<typeof routes> {
  const allow = Object.keys(handlers).join(", ")
  const refuse: Handler = async () => {
    throw new ChatError("method_not_allowed", { headers: { allow } })
  }
  const guarded = methods.map((method): [Method, Handler] => {
    const handler = handlers[method] ?? refuse
    return [
      method,
      async (request, context) => {
        await requireAdmin(context)
        return handler(request, context)
      },
    ]
  })
  return routes(Object.fromEntries(guarded))
}

async function requireAdmin({ services, requireUser }: RouteContext): Promise<void> {
  const user = await requireUser().catch((error: unknown) => {
    throw error instanceof ChatError && error.kind.status === 401 ? new ChatError("not_found") : error
  })
  if (!isAdmin(user, services.config.adminEmails)) throw new ChatError("not_found")
}
