import { type Handler, routes } from "#lib/http/route.ts"

const pingMs = 1_000

/** 200 where answers can be begun and stored. Redis alone being away takes resuming with it, not the service. */
const look: Handler = async (_request, { services }) => {
  const [isDatabaseUp, isStoreUp] = await Promise.all([services.database.ping(pingMs), services.store.ping()])
  const isReady = isDatabaseUp && !services.isDraining
  const body = {
    status: services.isDraining ? "draining" : isDatabaseUp ? "ok" : "unavailable",
    database: isDatabaseUp ? "ok" : "unavailable",
    redis: services.store.name === "memory" ? "off" : isStoreUp ? "ok" : "unavailable",
  }
  return Response.json(body, { status: isReady ? 200 : 503, headers: { "cache-control": "no-store" } })
}

// Some load balancers look by HEAD.
export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({ GET: look, HEAD: look })
