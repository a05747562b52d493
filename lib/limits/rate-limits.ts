import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible"
import { ChatError } from "#lib/errors.ts"
import { places } from "#lib/limits/slots.ts"

export interface RateLimits {
  /** Counts one POST of this user. @throws ChatError "rate_limited" */
  countPost(userId: string): Promise<void>
  /** Counts one request that asks after a chat or stream. @throws ChatError "rate_limited" */
  countLookup(userId: string): Promise<void>
  /**
   * Counts a reader for as long as it is attached.
   * @param streamId what it follows, where that has a limit of its own
   * @returns to be called when it has left, safe to call twice
   * @throws ChatError "too_many_connections"
   */
  attachReader(userId: string, streamId?: string): () => void
  /** how many answers may be written for a user at once, whichever processes write them; undefined: any number */
  readonly mostStreams: number | undefined
}

/**
 * Look-ups are cheap and tabs come back often; beyond this somebody is guessing ids. Ten tabs on show that read their
 * answers again every 2 s, and try to follow them every 4 s, ask 450 times a minute, however few messages they may send.
 */
const lookupsPerPost = 10
const leastLookupsPerMinute = 600
const mostStreamsAUser = 20
const mostReadersAStream = 100
const mostReadersAUser = 200

/** @param postsPerMinute 0 switches all limits off. Each process counts for itself, but for `mostStreams`. */
export function rateLimits(postsPerMinute: number): RateLimits {
  if (postsPerMinute === 0)
    return {
      countPost: async () => undefined,
      countLookup: async () => undefined,
      attachReader: () => () => undefined,
      mostStreams: undefined,
    }
  const posts = new RateLimiterMemory({ points: postsPerMinute, duration: 60 })
  const lookups = new RateLimiterMemory({
    points: Math.max(postsPerMinute * lookupsPerPost, leastLookupsPerMinute),
    duration: 60,
  })
  const ofUsers = places(mostReadersAUser)
  const ofStreams = places(mostReadersAStream)
  return {
    countPost: (userId) => count(posts, userId),
    countLookup: (userId) => count(lookups, userId),
    attachReader(userId, streamId) {
      const leaveUser = ofUsers.take(userId)
      const leaveStream = streamId === undefined ? () => undefined : ofStreams.take(streamId)
      if (leaveUser && leaveStream)
        return () => {
          leaveUser()
          leaveStream()
        }
      leaveUser?.()
      leaveStream?.()
      throw new ChatError("too_many_connections")
    },
    mostStreams: mostStreamsAUser,
  }
}

async function count(limiter: RateLimiterMemory, userId: string): Promise<void> {
  try {
    await limiter.consume(userId)
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused
    throw new ChatError("rate_limited", { retryAfterSeconds: Math.ceil(refused.msBeforeNext / 1000) })
  }
}
