import { ChatError } from "#lib/errors.ts"
import { forEachMethod, routes } from "#lib/http/route.ts"

/** Whatever is no address of ours: programs get an error they can read, not a page. */
export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes(
  forEachMethod(async () => {
    throw new ChatError("not_found")
  }),
)
