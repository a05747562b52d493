import { routes } from "#lib/http/route.ts"
import { openApiDocument } from "#lib/openapi/document.ts"

/** Written by the first request: anyone may ask for it, as often as they like. */
let text: string | undefined

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  /** Describes the whole API. Anyone may read it: it says nothing of this server. */
  async GET() {
    text ??= JSON.stringify(openApiDocument())
    return new Response(text, {
      headers: { "content-type": "application/json", "cache-control": "public, max-age=300" },
    })
  },
})
