import type { Asker } from "#lib/auth/session.ts"
import type { Services } from "#lib/services.ts"

/** The most calls in one batch, and the most answers that are followed on one socket. */
export const maxBatchSize = 50

/** What a procedure knows of the request or the socket that calls it. */
export interface TrpcContext {
  services: Services
  /** finds a request, or a socket with all of its calls, in the log */
  requestId: string
  /** the header `Idempotency-Key` */
  idempotencyKey: string | null
  /** @throws ChatError "unauthenticated", "session_invalid" */
  requireUser(): Promise<Asker>
  /**
   * Checks the request's body, once it counts against the rate; its further calls learn what the first one did.
   * @throws ChatError "invalid_json", "invalid_encoding"
   */
  expectReadable(): Promise<void>
  /** Waits until a slow reader has taken most of what it was sent. */
  untilWritable(gone: AbortSignal): Promise<void>
}
