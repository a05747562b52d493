import { followRunning } from "#lib/http/answering/handlers.ts"
import { routes } from "#lib/http/route.ts"

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({ GET: followRunning })
