import type { Asker } from "#lib/auth/session.ts"
import type { Services } from "#lib/services.ts"

/** A reader that stays: it is counted, and its session is looked after. */
export interface AttachedReader {
  /** aborted when its session has ended; what it reads is to end then */
  readonly sessionEnded: AbortSignal
  /** It has gone. Safe to call twice. */
  leave(): void
}

/**
 * @param streamId what it follows, where that has a limit of its own
 * @throws ChatError "too_many_connections"
 */
export function attachReader(
  { rateLimits, sessions }: Pick<Services, "rateLimits" | "sessions">,
  asker: Asker,
  streamId?: string,
): AttachedReader {
  const giveBack = rateLimits.attachReader(asker.id, streamId)
  const ending = new AbortController()
  const unwatch = sessions.watch(asker.sessionToken, () => ending.abort())
  return {
    sessionEnded: ending.signal,
    leave() {
      giveBack()
      unwatch()
    },
  }
}
