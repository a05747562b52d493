/** Types of a request to a provider, its time limits, and its possible replies. */
import type { Readable } from "node:stream"

export interface ProviderLimits {
  /** time until the response begins, and again until its first byte; a local server may have to load the model first */
  headersMs: number
  /** time between two bytes of a response; comments and empty deltas count as signs of life */
  silenceMs: number
}

export const providerLimits: ProviderLimits = { headersMs: 120_000, silenceMs: 30_000 }

export interface ProviderRequest {
  /** JSON body of the chat completion */
  body: Record<string, unknown>
  /** added to the standard headers */
  headers?: Record<string, string | undefined> | undefined
  signal?: AbortSignal | undefined
}

export interface ReplyHead {
  url: string
  status: number
  headers: Record<string, string>
}

/** A body that may hold an answer, still unread. */
export type ProviderAnswer = ReplyHead & { kind: "answer"; body: Readable }

/** A refusal, read to its end: a status other than 2xx, or an error object with status 200. */
export type ProviderRefusal = ReplyHead & {
  kind: "refusal"
  text: string
  /** the text parsed as JSON; undefined if it is not JSON */
  json: unknown
}

/**
 * Sends a request.
 * @throws the signal's reason; a `TimeoutError` if no response begins in time; an `APICallError` if the provider cannot
 * be reached
 */
export type Send = (request: ProviderRequest) => Promise<ProviderAnswer | ProviderRefusal>

export interface ProviderAddress {
  /** the part of the URL before `/chat/completions` */
  baseUrl: string
  apiKey: string | undefined
}
