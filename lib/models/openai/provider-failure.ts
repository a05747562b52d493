/** Builds the errors of a provider as the AI SDK and `lib/generation/provider-error.ts` expect them. */
import { APICallError, InvalidResponseDataError } from "@ai-sdk/provider"
import type { ProviderRefusal } from "./exchange.ts"
import { errorIn, type WireError } from "./reader/wire-error.ts"

/** Reports a failed connection. The request may not have arrived, so it can be repeated. */
export function cannotConnect(url: string, cause: unknown): APICallError {
  const message = `Cannot connect to the provider: ${describe(cause)}`
  return new APICallError({ message, url, requestBodyValues: {}, cause, isRetryable: true })
}

export function refused(refusal: ProviderRefusal): APICallError {
  const { url, status, headers, text, json } = refusal
  const reported = errorIn(json)?.message ?? text.slice(0, 1_000)
  return new APICallError({
    message: reported === "" ? `The provider answered ${status}.` : reported,
    url,
    requestBodyValues: {},
    statusCode: status,
    responseHeaders: headers,
    responseBody: text,
    data: json,
  })
}

/** Reports an error in the middle of an answer. */
export function failedMidAnswer(url: string, { message, status }: WireError): APICallError {
  return new APICallError({ message, url, requestBodyValues: {}, statusCode: status, isRetryable: false })
}

/** Reports a connection lost before the answer's end. */
export function connectionLost(url: string, cause: unknown): APICallError {
  const message = `The connection was lost: ${describe(cause)}`
  return new APICallError({ message, url, requestBodyValues: {}, statusCode: 200, cause, isRetryable: false })
}

/** Reports an answer that the provider itself broke off, with its reason if it gives one. */
export function brokenOff(finishWord?: string): InvalidResponseDataError {
  const message = finishWord
    ? `The provider broke off, with the finish reason "${finishWord}".`
    : "The response ended without a finish reason."
  return new InvalidResponseDataError({ data: finishWord, message })
}

/** Reports an unreadable answer. @param sample the unreadable text; undefined if nothing arrived */
export function unreadable(sample: string | undefined): InvalidResponseDataError {
  const message = sample === undefined ? "Nothing of an answer came." : "What came could not be read."
  return new InvalidResponseDataError({ data: sample?.slice(0, 1_000), message })
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : ""
  return cause.message === "" ? code : cause.message
}
