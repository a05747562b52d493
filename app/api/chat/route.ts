import { beginAnswer, followNewest } from "#lib/http/answering/handlers.ts"
import { routes } from "#lib/http/route.ts"

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({ POST: beginAnswer, GET: followNewest })
