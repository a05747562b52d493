import type { LanguageModelV4 } from "@ai-sdk/provider"
import { APICallError, type LanguageModelMiddleware, RetryError, wrapLanguageModel } from "ai"
import { retryAfterMs } from "./retry-after.ts"

/** The longest wait for a busy provider between two tries. A longer one fails at once, so that the user decides. */
const maxRetryWaitMs = 20_000

/**
 * Wraps a model so that a busy provider is retried when it says so. `streamText` (7.0.173) reads only seconds, and
 * retries after two seconds if a provider asks for a minute or more. The caller's abort ends the wait.
 */
export function retryAfterMiddleware(now: () => number = Date.now): (model: LanguageModelV4) => LanguageModelV4 {
  const middleware: LanguageModelMiddleware = {
    wrapStream: ({ doStream }) => withRetryHeader(doStream, now),
    wrapGenerate: ({ doGenerate }) => withRetryHeader(doGenerate, now),
  }
  return (model) => wrapLanguageModel({ model, middleware })
}

/**
 * Returns when a provider that was given up on can be asked again; undefined if it was not busy, or did not say when.
 */
export function busyUntil(error: unknown, nowMs = Date.now()): Date | undefined {
  const refusal = refusalIn(RetryError.isInstance(error) ? error.lastError : error)
  const waitMs = Number(refusal?.responseHeaders?.["retry-after-ms"])
  const isBusy = refusal?.statusCode === 429 || (refusal?.statusCode ?? 0) >= 500
  return isBusy && waitMs > maxRetryWaitMs ? new Date(nowMs + waitMs) : undefined
}

async function withRetryHeader<Result>(work: () => PromiseLike<Result>, now: () => number): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const refusal = refusalIn(error)
    throw refusal?.responseHeaders && isRetryable(error) ? withWait(refusal, now()) : error
  }
}

/** Finds the provider's refusal; a gateway's error carries it as its cause. */
function refusalIn(error: unknown): APICallError | undefined {
  if (APICallError.isInstance(error)) return error
  return error instanceof Error && APICallError.isInstance(error.cause) ? error.cause : undefined
}

function isRetryable(error: unknown): boolean {
  return error instanceof Error && "isRetryable" in error && error.isRetryable === true
}

/** Copies the refusal with the wait in the one header that `streamText` reads with milliseconds. */
function withWait(refusal: APICallError, nowMs: number): APICallError {
  const { message, url, requestBodyValues, statusCode, responseBody, data } = refusal
  const lowerHeaders = lowerCased(refusal.responseHeaders ?? {})
  const { "retry-after": _, "retry-after-ms": __, ...headers } = lowerHeaders
  const waitMs = retryAfterMs({ headers: lowerHeaders, body: responseBody ?? "", nowMs })
  return new APICallError({
    message,
    url,
    requestBodyValues,
    statusCode,
    responseHeaders: waitMs === undefined ? headers : { ...headers, "retry-after-ms": String(waitMs) },
    responseBody,
    data,
    cause: refusal,
    isRetryable: waitMs === undefined || waitMs <= maxRetryWaitMs,
  })
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
