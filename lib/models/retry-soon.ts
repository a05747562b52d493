import type { LanguageModelV4 } from "@ai-sdk/provider"
import { APICallError, type LanguageModelMiddleware, wrapLanguageModel } from "ai"

/**
 * A provider may ask to be asked again in a minute, and `streamText` (7.0.173) would wait for that, twice, while somebody
 * looks at an empty answer. What cannot be tried again soon fails at once, and the person decides.
 * @param soonMs the longest that is waited for between two tries
 */
export function retryingSoon(soonMs = 10_000): (model: LanguageModelV4) => LanguageModelV4 {
  const middleware: LanguageModelMiddleware = {
    wrapStream: ({ doStream }) => orNotAgain(doStream, soonMs),
    wrapGenerate: ({ doGenerate }) => orNotAgain(doGenerate, soonMs),
  }
  return (model) => wrapLanguageModel({ model, middleware })
}

async function orNotAgain<Result>(work: () => PromiseLike<Result>, soonMs: number): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw isLater(error, soonMs) ? notRetryable(error) : error
  }
}

function isLater(error: unknown, soonMs: number): error is APICallError {
  if (!APICallError.isInstance(error)) return false
  const waitMs = waitOf(error.responseHeaders ?? {})
  return waitMs !== undefined && waitMs > soonMs
}

/** @returns undefined where the provider named no time: then the caller's own pauses are short */
function waitOf(headers: Record<string, string>): number | undefined {
  const milliseconds = Number.parseFloat(headers["retry-after-ms"] ?? "")
  if (!Number.isNaN(milliseconds)) return milliseconds
  const retryAfter = headers["retry-after"] ?? ""
  const seconds = Number.parseFloat(retryAfter)
  const waitMs = Number.isNaN(seconds) ? Date.parse(retryAfter) - Date.now() : seconds * 1000
  return Number.isNaN(waitMs) ? undefined : waitMs
}

function notRetryable(error: APICallError): APICallError {
  const { message, url, requestBodyValues, statusCode, responseHeaders, responseBody, data } = error
  const known = { message, url, requestBodyValues, statusCode, responseHeaders, responseBody, data }
  return new APICallError({ ...known, cause: error, isRetryable: false })
}
