/** Repositories on a database that has bad days. */
import { setTimeout as wait } from "node:timers/promises"
import { isBusy, isConflict, isUnavailable } from "#db/failures.ts"
import { ChatError } from "#lib/errors.ts"
import type { ChatRepository } from "./chat-repository.ts"

/** Of transactions that stand in each other's way one always gets through: more tries are hardly ever needed. */
const maxTries = 5
const pauseMs = 20
/** After an outage every producer that lives has renewed its leases within this time. */
const settlingMs = 5_000

interface Watching {
  onUnavailable(): void
  onAnswered(): void
}

const watchedByNobody: Watching = { onUnavailable: () => undefined, onAnswered: () => undefined }

type Verb = (...given: unknown[]) => Promise<unknown>

/**
 * The same repository: what another transaction stood in the way of is tried again, what cannot be done now says so.
 * @returns its verbs throw ChatError "db_unavailable" and "db_busy" besides what they threw
 */
export function withstanding<Repository extends object>(
  repository: Repository,
  { onUnavailable, onAnswered }: Watching = watchedByNobody,
): Repository {
  function tried(verb: Verb): Verb {
    return async (...given) => {
      for (let tries = 1; ; tries++) {
        try {
          const result = await verb(...given)
          onAnswered()
          return result
        } catch (error) {
          if (isConflict(error) && tries < maxTries) await wait(pauseMs * tries * (0.5 + Math.random()))
          else throw told(error)
        }
      }
    }
  }

  function told(error: unknown): unknown {
    if (error instanceof ChatError || !isUnavailable(error)) return error
    onUnavailable()
    return new ChatError(isBusy(error) ? "db_busy" : "db_unavailable", { cause: error })
  }

  const verbs = Object.entries(repository).map(([name, verb]) => [name, tried(verb)])
  // Each is what it was: only how often it is tried and what it throws is new.
  return Object.fromEntries(verbs) as Repository
}

/**
 * The same for chats. While the database was away nobody could renew a lease: so for a while after that, nobody who saw
 * it takes a producer for dead.
 */
export function withstandingChats(chats: ChatRepository, now = () => performance.now()): ChatRepository {
  let isAway = false
  let backAtMs = Number.NEGATIVE_INFINITY
  const isSettled = () => !isAway && now() - backAtMs > settlingMs
  const all = withstanding(chats, {
    onUnavailable() {
      isAway = true
    },
    onAnswered() {
      if (isAway) backAtMs = now()
      isAway = false
    },
  })
  return {
    ...all,
    async listDead(limit) {
      // Asked all the same: it may be the first to learn that the database is back.
      const dead = await all.listDead(limit)
      return isSettled() ? dead : []
    },
    claimDead: async (claim) => (isSettled() ? all.claimDead(claim) : undefined),
  }
}
