import { APICallError, InvalidResponseDataError, RetryError } from "ai"
import { ChatError, type ErrorCode } from "#lib/errors.ts"

/**
 * Returns the code for a provider's failure. The provider's own words may contain secrets, so readers never see them.
 */
export function codeOfProviderError(error: unknown): ErrorCode {
  const cause = RetryError.isInstance(error) ? error.lastError : error
  // A model of ours has said itself what happened.
  if (cause instanceof ChatError) return cause.code
  if (cause instanceof Error && cause.name === "TimeoutError") return "provider_timeout"
  if (isCutOff(cause)) return "provider_truncated"
  if (isUnreadable(cause)) return "provider_bad_response"
  const status = statusOf(cause)
  if (status === undefined) return "provider_unavailable"
  if (status === 429) return "provider_rate_limited"
  // The error of a body that could not be read carries the response's status.
  if (status < 400) return "provider_bad_response"
  return status < 500 && !retryable4xx.includes(status) ? "provider_refused" : "provider_unavailable"
}

/** Request Timeout, Conflict, Too Early: the same request may succeed later. */
const retryable4xx = [408, 409, 425]

/** Reads the status. The gateway's errors are another class with the same field. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("statusCode" in error)) return undefined
  return typeof error.statusCode === "number" ? error.statusCode : undefined
}

/** Returns true if the connection broke after the response had begun, or the response ended too early. */
function isCutOff(error: unknown): boolean {
  if (InvalidResponseDataError.isInstance(error)) return /finish reason/.test(error.message)
  return isConnectionLost(error)
}

/** Returns true if the connection broke after the response had begun. */
export function isConnectionLost(error: unknown): boolean {
  if (APICallError.isInstance(error)) return error.statusCode !== undefined && isConnectionLost(error.cause)
  return error instanceof Error && (error.message === "terminated" || isNetworkError(error))
}

function isUnreadable(error: unknown): boolean {
  return (
    error instanceof Error && /JSONParse|TypeValidation|InvalidResponseData|NoOutput|EmptyResponseBody/.test(error.name)
  )
}

function isNetworkError(error: Error): boolean {
  return "code" in error && typeof error.code === "string" && /^(ECONN|EPIPE|UND_ERR)/.test(error.code)
}
