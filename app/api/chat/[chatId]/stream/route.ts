import { followRunning } from "#lib/http/following/handlers.ts"
import { routes } from "#lib/http/route.ts"

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({ GET: followRunning })
