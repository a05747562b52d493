import { routes } from "#lib/http/route.ts"
import { openApiDocument } from "#lib/openapi/document.ts"

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  /** Describes the whole API. Anyone may read it: it says nothing of this server. */
  async GET() {
    return Response.json(openApiDocument(), { headers: { "cache-control": "public, max-age=300" } })
  },
})
