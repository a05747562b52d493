import type { AttachedReader } from "#lib/http/responses/attach-reader.ts"
import type { Codec } from "./codec.ts"
import type { EventLog } from "./event-log.ts"

/** A stream as one request reads it. */
export interface Reading {
  streamId: string
  log: EventLog
  codec: Codec
  /** Counts the reader of a live response. @throws ChatError "too_many_connections" */
  attach(): AttachedReader
  now(): number
  longPollMs: number
  sseMs: number
}

/** Proxies cut silent responses after 30 s, and a cache on the way may hold a response for one interval of cursors. */
export const longPollMs = 20_000
/**
 * Below the 60 s after which some proxies cut a stream: clients of this protocol ask again after a clean end, but never
 * after a cut.
 */
export const sseMs = 55_000
