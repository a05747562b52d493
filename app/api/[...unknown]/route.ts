import { ChatError } from "#lib/errors.ts"
import { forEachMethod, routes } from "#lib/http/route.ts"

/** Answers unknown API addresses with an error that programs can read, instead of a page. */
export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes(
  forEachMethod(async () => {
    throw new ChatError("not_found")
  }),
)
