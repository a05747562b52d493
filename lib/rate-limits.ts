import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible"
import { ChatError } from "#lib/errors.ts"

export interface RateLimits {
  /** Counts one POST of this user. @throws ChatError "rate_limited" */
  countPost(userId: string): Promise<void>
  /** Counts one request that asks after a chat or stream. @throws ChatError "rate_limited" */
  countLookup(userId: string): Promise<void>
}

/** Look-ups are cheap and tabs come back often; beyond this somebody is guessing ids. */
const lookupsPerPost = 10

/** @param postsPerMinute 0 switches all limits off. Each process counts for itself. */
export function rateLimits(postsPerMinute: number): RateLimits {
  if (postsPerMinute === 0) return { countPost: async () => undefined, countLookup: async () => undefined }
  const posts = new RateLimiterMemory({ points: postsPerMinute, duration: 60 })
  const lookups = new RateLimiterMemory({ points: postsPerMinute * lookupsPerPost, duration: 60 })
  return {
    countPost: (userId) => count(posts, userId),
    countLookup: (userId) => count(lookups, userId),
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
