import { z } from "zod"
import { type ErrorCode, errorKinds } from "#lib/errors.ts"

const refusalSchema = z.object({ code: z.string(), message: z.string() })
/** better-auth's code for a body that does not match its schema; its message is written for programmers. */
const schemaCode = "VALIDATION_ERROR"

const codeOfStatus: Partial<Record<number, ErrorCode>> = { 401: "unauthenticated", 404: "not_found" }

/**
 * Turns a refusal of better-auth into the shape of `docs/protocol.md`, with the same status and cookies. Keeps its code
 * and message if they tell people what to do.
 */
export async function authRefusal(refused: Response, requestId: string): Promise<Response> {
  // Some of better-auth's refusals have no body.
  const refusal = refusalSchema.safeParse(await refused.json().catch(() => undefined)).data
  const code = codeOfStatus[refused.status] ?? "invalid_request"
  const { code: shownCode, message } =
    refusal && refusal.code !== schemaCode ? refusal : { code, message: errorKinds[code].message }
  const headers = new Headers({ "cache-control": "no-store" })
  for (const cookie of refused.headers.getSetCookie()) headers.append("set-cookie", cookie)
  return Response.json(
    { error: { code: shownCode, message, requestId, retryable: false } },
    { status: refused.status, headers },
  )
}
