import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible"
import { ChatError } from "#lib/errors.ts"
import { slots } from "#lib/limits/slots.ts"

export interface RateLimits {
  /** Counts one POST of this user. @throws ChatError "rate_limited" */
  countPost(userId: string): Promise<void>
  /** Counts one request that looks up a chat or stream. @throws ChatError "rate_limited" */
  countLookup(userId: string): Promise<void>
  /**
   * Counts a reader while it is attached.
   * @param streamId the stream that it follows, if that has a limit
   * @returns releases the slot, safe to call twice
   * @throws ChatError "too_many_connections"
   */
  attachReader(userId: string, streamId?: string): () => void
  /** maximum of answers being generated for a user at once, in all processes together; undefined: any number */
  readonly maxStreams: number | undefined
}

/**
 * Lookups are cheap and tabs repeat them often, so more than this means that somebody is guessing ids. Ten visible tabs
 * that reload their answers every 2 s and try to follow them every 4 s make 450 requests a minute, however few messages
 * are sent.
 */
const lookupsPerPost = 10
const minLookupsPerMinute = 600
const maxStreamsPerUser = 20
const maxReadersPerStream = 100
const maxReadersPerUser = 200

/**
 * Limits each user's requests. Each process counts separately, except for `maxStreams`.
 * @param postsPerMinute 0 switches all limits off
 */
export function rateLimits(postsPerMinute: number): RateLimits {
  if (postsPerMinute === 0)
    return {
      countPost: async () => undefined,
      countLookup: async () => undefined,
      attachReader: () => () => undefined,
      maxStreams: undefined,
    }
  const posts = new RateLimiterMemory({ points: postsPerMinute, duration: 60 })
  const lookups = new RateLimiterMemory({
    points: Math.max(postsPerMinute * lookupsPerPost, minLookupsPerMinute),
    duration: 60,
  })
  const readersPerUser = slots(maxReadersPerUser)
  const readersPerStream = slots(maxReadersPerStream)
  return {
    countPost: (userId) => count(posts, userId),
    countLookup: (userId) => count(lookups, userId),
    attachReader(userId, streamId) {
      const releaseUserSlot = readersPerUser.acquire(userId)
      const releaseStreamSlot = streamId === undefined ? () => undefined : readersPerStream.acquire(streamId)
      if (releaseUserSlot && releaseStreamSlot)
        return () => {
          releaseUserSlot()
          releaseStreamSlot()
        }
      releaseUserSlot?.()
      releaseStreamSlot?.()
      throw new ChatError("too_many_connections")
    },
    maxStreams: maxStreamsPerUser,
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
