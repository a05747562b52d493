import { z } from "zod"
import { type ErrorCode, errorKinds } from "#lib/errors.ts"

const saidSchema = z.object({ code: z.string(), message: z.string() })
/** Says in what words the schema was missed: for programmers, and not ours. */
const schemaCode = "VALIDATION_ERROR"

const codeOfStatus: Partial<Record<number, ErrorCode>> = { 401: "unauthenticated", 404: "not_found" }

/**
 * Turns a refusal of better-auth into the shape of `docs/protocol.md`, under the same status and cookies.
 * Its own code and sentence are kept where they say what can be done.
 */
export async function authRefusal(refused: Response, requestId: string): Promise<Response> {
  // Some of its refusals have no body.
  const said = saidSchema.safeParse(await refused.json().catch(() => undefined)).data
  const code = codeOfStatus[refused.status] ?? "invalid_request"
  const { code: named, message } = said && said.code !== schemaCode ? said : { code, message: errorKinds[code].message }
  const headers = new Headers({ "cache-control": "no-store" })
  for (const cookie of refused.headers.getSetCookie()) headers.append("set-cookie", cookie)
  return Response.json(
    { error: { code: named, message, requestId, retryable: false } },
    { status: refused.status, headers },
  )
}
