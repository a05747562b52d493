import { fetchRequestHandler } from "@trpc/server/adapters/fetch"
import type { Asker } from "#lib/auth/session.ts"
import type { ChatError } from "#lib/errors.ts"
import { expectJson, jsonLimits, parseJson } from "#lib/http/json-body.ts"
import { checkOrigin } from "#lib/http/origin.ts"
import { readBytes } from "#lib/http/read-bytes.ts"
import { refusalHeaders } from "#lib/http/responses/error-response.ts"
import type { RouteContext } from "#lib/http/route.ts"
import { maxBatchSize } from "./context.ts"
import { chatErrorOf, errorShape, logFailure } from "./error-shape.ts"
import { chatRouter } from "./router.ts"

/**
 * Serves the calls of one HTTP request. What concerns the request as a whole is checked here, and what concerns a call by
 * its procedure. Requests that only read are checked for their origin too: a batch of them is no page that one may link.
 * @throws ChatError as each check does
 */
export async function serveTrpcRequest(request: Request, context: RouteContext): Promise<Response> {
  const { services, requestId } = context
  const hasBody = request.method === "POST"
  if (hasBody) expectJson(request)
  checkOrigin(request, services.config.auth.trustedOrigins)
  const body = hasBody ? await readBytes(request, jsonLimits) : null
  const { url, method, headers, signal } = request
  let asker: Promise<Asker> | undefined
  let readable: Promise<void> | undefined
  const response = await fetchRequestHandler({
    endpoint: "/api/trpc",
    req: new Request(url, { method, headers, signal, body }),
    router: chatRouter,
    maxBatchSize,
    createContext: () => ({
      services,
      requestId,
      idempotencyKey: headers.get("idempotency-key"),
      requireUser() {
        asker ??= context.requireUser()
        return asker
      },
      expectReadable() {
        readable ??= expectParsable(body)
        return readable
      },
      // The response takes nothing before its reader does.
      untilWritable: async () => undefined,
    }),
    onError: ({ error, path }) => logFailure(error, { services, requestId, path }),
    responseMeta({ type, errors: [error] }) {
      if (error) return { headers: refusalHeaders(chatErrorOf(error)) }
      return type === "subscription" ? {} : { headers: new Headers({ "cache-control": "no-store" }) }
    },
  })
  // tRPC names no type where it refuses a request before it looks at its calls.
  if (!response.ok) response.headers.set("content-type", "application/json")
  return response
}

async function expectParsable(body: Uint8Array | null): Promise<void> {
  if (body) parseJson(body)
}

/** Refuses a whole request in the form that tRPC's clients read. */
export function trpcRefusal(error: ChatError, requestId: string): Response {
  const { status } = error.kind
  return Response.json({ error: errorShape(error, requestId) }, { status, headers: refusalHeaders(error) })
}
