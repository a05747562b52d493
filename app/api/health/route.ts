import { type Handler, routes } from "#lib/http/route.ts"
import { startingHealth } from "#lib/http/starting.ts"
import { getBuiltServices } from "#lib/services.ts"

const pingMs = 1_000

/** Answers 200 while answers can be begun and stored. Without Redis only resuming fails, so that is still healthy. */
const look: Handler = async (_request, { services }) => {
  const [isDatabaseUp, isStoreUp] = await Promise.all([services.database.ping(pingMs), services.store.ping()])
  const isReady = isDatabaseUp && !services.isDraining
  const body = {
    status: services.isDraining ? "draining" : isDatabaseUp ? "ok" : "unavailable",
    database: isDatabaseUp ? "ok" : "unavailable",
    redis: services.store.name === "memory" ? "off" : isStoreUp ? "ok" : "unavailable",
    // The store's own error code, such as READONLY.
    ...(services.store.refusal && { redisRefusal: services.store.refusal }),
  }
  return Response.json(body, { status: isReady ? 200 : 503, headers: { "cache-control": "no-store" } })
}

// Some load balancers check with HEAD.
const looks = routes({ GET: look, HEAD: look })
export const { OPTIONS, POST, PUT, PATCH, DELETE } = looks

/** Answers at once while the server is starting. */
export const GET: typeof looks.GET = async (...asked) =>
  (await getBuiltServices()) ? looks.GET(...asked) : startingHealth()
export const HEAD: typeof looks.HEAD = async (...asked) =>
  (await getBuiltServices()) ? looks.HEAD(...asked) : startingHealth()
