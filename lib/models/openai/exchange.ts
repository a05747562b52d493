/** What is asked of a provider, how long it is waited for, and what it may answer. */
import type { Readable } from "node:stream"

export interface ProviderLimits {
  /** until the response begins, and then until its first byte; a server at home may load the model first */
  headersMs: number
  /** between two bytes of a response: comments and empty deltas are signs of life */
  silenceMs: number
}

export const providerLimits: ProviderLimits = { headersMs: 120_000, silenceMs: 30_000 }

export interface ProviderRequest {
  /** of the chat completion, as JSON */
  body: Record<string, unknown>
  /** beside those every request has */
  headers?: Record<string, string | undefined> | undefined
  signal?: AbortSignal | undefined
}

export interface ReplyHead {
  url: string
  status: number
  headers: Record<string, string>
}

/** A body that may hold an answer; nothing of it has been read. */
export type ProviderAnswer = ReplyHead & { kind: "answer"; body: Readable }

/** What was answered instead, read to its end: another status than 2xx, or an error object with status 200. */
export type ProviderRefusal = ReplyHead & {
  kind: "refusal"
  text: string
  /** the text as JSON; undefined where it is none */
  json: unknown
}

/**
 * @throws the signal's reason; a `TimeoutError` where no response begins in time; an `APICallError` where the provider
 * cannot be reached
 */
export type Send = (request: ProviderRequest) => Promise<ProviderAnswer | ProviderRefusal>

export interface ProviderAddress {
  /** ends where `/chat/completions` begins */
  baseUrl: string
  apiKey: string | undefined
}
