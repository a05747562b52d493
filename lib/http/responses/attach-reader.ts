import type { Asker } from "#lib/auth/session.ts"
import type { Services } from "#lib/services.ts"

/** A reader of a long response: it is counted, and its session is watched. */
export interface AttachedReader {
  /** aborted when the session ends; the response must end then */
  readonly sessionEnded: AbortSignal
  /** Releases the reader's slot. Safe to call twice. */
  leave(): void
}

/**
 * Counts a reader and watches its session until it leaves.
 * @param streamId the stream that it follows, if that has a limit
 * @throws ChatError "too_many_connections"
 */
export function attachReader(
  { rateLimits, sessions }: Pick<Services, "rateLimits" | "sessions">,
  asker: Asker,
  streamId?: string,
): AttachedReader {
  const release = rateLimits.attachReader(asker.id, streamId)
  const ending = new AbortController()
  const unwatch = sessions.watch(asker.sessionToken, () => ending.abort())
  return {
    sessionEnded: ending.signal,
    leave() {
      release()
      unwatch()
    },
  }
}
