/** Errors of `lib/errors.ts` as tRPC sends them. */
import type { TRPCError } from "@trpc/server"
import { type TRPC_ERROR_CODE_NUMBER, TRPC_ERROR_CODES_BY_KEY, type TRPCErrorShape } from "@trpc/server/rpc"
import { z } from "zod"
import { ChatError, type ErrorCode, type ErrorDetail } from "#lib/errors.ts"
import type { Services } from "#lib/services.ts"
import { schemaRefusal } from "#lib/turns/request/schema-refusal.ts"

interface ErrorData {
  code: string
  httpStatus: number
  requestId: string
  retryable: boolean
  details?: ErrorDetail[]
  streamId?: string
}

export function errorShape(error: ChatError, requestId: string): TRPCErrorShape<ErrorData> {
  const { code, message, kind, details, streamId } = error
  const data: ErrorData = { code, httpStatus: kind.status, requestId, retryable: kind.retryable ?? false }
  if (details) data.details = details
  if (streamId) data.streamId = streamId
  return { code: numberOf(kind.status), message, data }
}

/** Codes of the errors that tRPC itself throws. All others are ours, or unforeseen. */
const ownCodes: Partial<Record<TRPCError["code"], ErrorCode>> = {
  PARSE_ERROR: "invalid_json",
  BAD_REQUEST: "invalid_request",
  NOT_FOUND: "not_found",
  METHOD_NOT_SUPPORTED: "method_not_allowed",
  UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
}

/** Finds out what an error means to the client. What is unforeseen stays in the log. */
export function chatErrorOf(error: TRPCError): ChatError {
  const { cause, code, message } = error
  if (cause instanceof ChatError) return cause
  if (cause instanceof z.ZodError) return schemaRefusal(cause)
  if (cause instanceof SyntaxError) return new ChatError("invalid_json", { cause })
  const own = ownCodes[code]
  if (own === undefined) return new ChatError("internal_error", { cause: cause ?? error })
  // tRPC's sentence is about the request's form, and all that says what is wrong with it.
  return new ChatError(own, { cause: error, ...(own === "invalid_request" && { details: [detail(message)] }) })
}

interface Failure {
  services: Pick<Services, "logger">
  requestId: string
  /** of the procedure; undefined: none was called */
  path: string | undefined
}

/** Logs an error that is a fault of ours. */
export function logFailure(error: TRPCError, { services, requestId, path }: Failure): void {
  const { kind, code, cause } = chatErrorOf(error)
  if (kind.status >= 500) services.logger.error({ requestId, code, path, err: cause }, "request failed")
}

function detail(problem: string): ErrorDetail {
  return { path: "trpc", problem }
}

/** Returns tRPC's number, which ends with the digits of the status. Its clients come back by themselves after any 5xx. */
function numberOf(status: number): TRPC_ERROR_CODE_NUMBER {
  if (status >= 500) return TRPC_ERROR_CODES_BY_KEY.INTERNAL_SERVER_ERROR
  if (status === 400) return TRPC_ERROR_CODES_BY_KEY.BAD_REQUEST
  return (-32_000 - (status - 400)) as TRPC_ERROR_CODE_NUMBER // the rule by which all the others are made
}
