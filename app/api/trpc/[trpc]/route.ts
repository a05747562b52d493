import { routes } from "#lib/http/route.ts"
import { serveTrpcRequest, trpcRefusal } from "#lib/trpc/serve-request.ts"

/** Serves tRPC's queries and subscriptions by GET, and its mutations by POST. */
export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes(
  { GET: serveTrpcRequest, POST: serveTrpcRequest },
  trpcRefusal,
)
