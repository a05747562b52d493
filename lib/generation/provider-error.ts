import { APICallError, InvalidResponseDataError, RetryError } from "ai"
import type { ErrorCode } from "#lib/errors.ts"

/**
 * What a provider's failure means for the person who waits. Its own words may hold secrets: they go to nobody.
 */
export function codeOfProviderError(error: unknown): ErrorCode {
  const cause = RetryError.isInstance(error) ? error.lastError : error
  if (cause instanceof Error && cause.name === "TimeoutError") return "provider_timeout"
  if (isCutOff(cause)) return "provider_truncated"
  if (!APICallError.isInstance(cause)) return isUnreadable(cause) ? "provider_bad_response" : "provider_unavailable"
  if (cause.statusCode === 429) return "provider_rate_limited"
  // A body that arrived and could not be read comes with the status it was sent with.
  return cause.statusCode !== undefined && cause.statusCode < 400 ? "provider_bad_response" : "provider_unavailable"
}

/** The connection broke after the response had begun, or it ended in good order but too early. */
function isCutOff(error: unknown): boolean {
  if (InvalidResponseDataError.isInstance(error)) return /finish reason/.test(error.message)
  if (APICallError.isInstance(error)) return error.statusCode !== undefined && isCutOff(error.cause)
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
