import type { LanguageModelV4 } from "@ai-sdk/provider"
import { APICallError, type LanguageModelMiddleware, RetryError, wrapLanguageModel } from "ai"
import { retryAfterMs } from "./retry-after.ts"

/**
 * The longest that an answer waits for a busy provider between two tries. What asks for more fails at once, and the
 * person decides.
 */
const soonMs = 20_000

/**
 * Has a busy provider asked again when it says so: `streamText` (7.0.173) reads seconds only, and where a provider asks
 * for a minute or more it asks again after two seconds.
 * @returns wraps a model. A stop ends the waiting, which is the caller's
 */
export function retryingSoon(now: () => number = Date.now): (model: LanguageModelV4) => LanguageModelV4 {
  const middleware: LanguageModelMiddleware = {
    wrapStream: ({ doStream }) => toldWhen(doStream, now),
    wrapGenerate: ({ doGenerate }) => toldWhen(doGenerate, now),
  }
  return (model) => wrapLanguageModel({ model, middleware })
}

/** @returns when a provider that was given up for now can be asked again; undefined where it was not, or has not said */
export function busyUntil(error: unknown, nowMs = Date.now()): Date | undefined {
  const refusal = refusalIn(RetryError.isInstance(error) ? error.lastError : error)
  const waitMs = Number(refusal?.responseHeaders?.["retry-after-ms"])
  const isBusy = refusal?.statusCode === 429 || (refusal?.statusCode ?? 0) >= 500
  return isBusy && waitMs > soonMs ? new Date(nowMs + waitMs) : undefined
}

async function toldWhen<Result>(work: () => PromiseLike<Result>, now: () => number): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const refusal = refusalIn(error)
    throw refusal?.responseHeaders && isRetryable(error) ? withWait(refusal, now()) : error
  }
}

/** A gateway has the provider's answer behind its own. */
function refusalIn(error: unknown): APICallError | undefined {
  if (APICallError.isInstance(error)) return error
  return error instanceof Error && APICallError.isInstance(error.cause) ? error.cause : undefined
}

function isRetryable(error: unknown): boolean {
  return error instanceof Error && "isRetryable" in error && error.isRetryable === true
}

/** The same refusal, with the time to wait in the one header that is read in full. */
function withWait(refusal: APICallError, nowMs: number): APICallError {
  const { message, url, requestBodyValues, statusCode, responseBody, data } = refusal
  const said = lowerCased(refusal.responseHeaders ?? {})
  const { "retry-after": _, "retry-after-ms": __, ...headers } = said
  const waitMs = retryAfterMs({ headers: said, body: responseBody ?? "", nowMs })
  return new APICallError({
    message,
    url,
    requestBodyValues,
    statusCode,
    responseHeaders: waitMs === undefined ? headers : { ...headers, "retry-after-ms": String(waitMs) },
    responseBody,
    data,
    cause: refusal,
    isRetryable: waitMs === undefined || waitMs <= soonMs,
  })
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
