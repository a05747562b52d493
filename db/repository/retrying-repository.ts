/** Retries conflicts and reports outages, for any repository. */
import { setTimeout as wait } from "node:timers/promises"
import { isBusy, isConflict, isUnavailable } from "#db/failures.ts"
import { ChatError } from "#lib/errors.ts"
import type { ChatRepository } from "./chat-repository.ts"

/** Of conflicting transactions one always succeeds, so more tries are hardly ever needed. */
const maxTries = 5
const pauseMs = 20
/** After an outage every live producer has renewed its leases within this time. */
const settlingMs = 5_000

interface AvailabilityListener {
  onUnavailable(): void
  onAnswered(): void
}

const noListener: AvailabilityListener = { onUnavailable: () => undefined, onAnswered: () => undefined }

type Method = (...given: unknown[]) => Promise<unknown>

/**
 * Wraps each method of a repository: it tries again after a conflict with another transaction.
 * @returns methods that throw ChatError "db_unavailable" and "db_busy" besides what they threw before
 */
export function retryingRepository<Repository extends object>(
  repository: Repository,
  { onUnavailable, onAnswered }: AvailabilityListener = noListener,
): Repository {
  function retrying(method: Method): Method {
    return async (...given) => {
      for (let tries = 1; ; tries++) {
        try {
          const result = await method(...given)
          onAnswered()
          return result
        } catch (error) {
          if (isConflict(error) && tries < maxTries) await wait(pauseMs * tries * (0.5 + Math.random()))
          else throw reported(error)
        }
      }
    }
  }

  function reported(error: unknown): unknown {
    if (error instanceof ChatError || !isUnavailable(error)) return error
    onUnavailable()
    return new ChatError(isBusy(error) ? "db_busy" : "db_unavailable", { cause: error })
  }

  const methods = Object.entries(repository).map(([name, method]) => [name, retrying(method)])
  // The methods keep their signatures: only how often each is tried and what it throws is new.
  return Object.fromEntries(methods) as Repository
}

/**
 * Wraps the chats' repository in the same way. No producer can renew its lease while the database is away, so for a
 * while after an outage this process considers no producer dead.
 */
export function retryingChats(repository: ChatRepository, now = () => performance.now()): ChatRepository {
  let isAway = false
  let backAtMs = Number.NEGATIVE_INFINITY
  const isSettled = () => !isAway && now() - backAtMs > settlingMs
  const listener: AvailabilityListener = {
    onUnavailable() {
      isAway = true
    },
    onAnswered() {
      if (isAway) backAtMs = now()
      isAway = false
    },
  }
  const nouns = Object.entries(repository).map(([noun, methods]) => [noun, retryingRepository(methods, listener)])
  const all = Object.fromEntries(nouns) as ChatRepository // the same nouns
  const { streams } = all
  return {
    ...all,
    streams: {
      ...streams,
      async listDead(limit) {
        // Asks the database all the same, since this may be the first call that finds it back.
        const dead = await streams.listDead(limit)
        return isSettled() ? dead : []
      },
      claimDead: async (claim) => (isSettled() ? streams.claimDead(claim) : undefined),
    },
  }
}
