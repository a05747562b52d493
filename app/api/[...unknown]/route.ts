import { ChatError } from "#lib/errors.ts"
import { routes } from "#lib/http/route.ts"

async function refuse(): Promise<Response> {
  throw new ChatError("not_found")
}

/** Whatever is no address of ours: programs get an error they can read, not a page. */
export const { GET, POST, PUT, PATCH, DELETE } = routes({
  GET: refuse,
  POST: refuse,
  PUT: refuse,
  PATCH: refuse,
  DELETE: refuse,
})
