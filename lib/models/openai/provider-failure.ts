/** What goes wrong with a provider, as the errors that the AI SDK and `lib/generation/provider-error.ts` know. */
import { APICallError, InvalidResponseDataError } from "@ai-sdk/provider"
import type { ProviderRefusal } from "./exchange.ts"
import { errorIn, type WireError } from "./reader/wire-error.ts"

/** The request may not have arrived: it can be sent again. */
export function cannotConnect(url: string, cause: unknown): APICallError {
  const message = `Cannot connect to the provider: ${wordsOf(cause)}`
  return new APICallError({ message, url, requestBodyValues: {}, cause, isRetryable: true })
}

export function refused(refusal: ProviderRefusal): APICallError {
  const { url, status, headers, text, json } = refusal
  const said = errorIn(json)?.message ?? text.slice(0, 1_000)
  return new APICallError({
    message: said === "" ? `The provider answered ${status}.` : said,
    url,
    requestBodyValues: {},
    statusCode: status,
    responseHeaders: headers,
    responseBody: text,
    data: json,
  })
}

/** An error that came in the middle of an answer. */
export function failedMeanwhile(url: string, { message, status }: WireError): APICallError {
  return new APICallError({ message, url, requestBodyValues: {}, statusCode: status, isRetryable: false })
}

/** The connection was lost before the end. */
export function lostMeanwhile(url: string, cause: unknown): APICallError {
  const message = `The connection was lost: ${wordsOf(cause)}`
  return new APICallError({ message, url, requestBodyValues: {}, statusCode: 200, cause, isRetryable: false })
}

/** Broken off by the provider itself, which may say why. */
export function brokenOff(finishWord?: string): InvalidResponseDataError {
  const message = finishWord
    ? `The provider broke off, with the finish reason "${finishWord}".`
    : "The response ended without a finish reason."
  return new InvalidResponseDataError({ data: finishWord, message })
}

/** @param sample what could not be read, or nothing came at all */
export function unreadable(sample: string | undefined): InvalidResponseDataError {
  const message = sample === undefined ? "Nothing of an answer came." : "What came could not be read."
  return new InvalidResponseDataError({ data: sample?.slice(0, 1_000), message })
}

function wordsOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : ""
  return cause.message === "" ? code : cause.message
}
