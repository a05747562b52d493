/** Repositories on a database that has bad days. */
import { setTimeout as wait } from "node:timers/promises"
import { isConflict, isUnavailable } from "#db/failures.ts"
import { ChatError } from "#lib/errors.ts"
import type { ChatRepository } from "./chat-repository.ts"

/** Of transactions that stand in each other's way one always gets through: more tries are hardly ever needed. */
const maxTries = 5
const pauseMs = 20
/** After an outage every producer that lives has renewed its leases within this time. */
const settlingMs = 5_000

type Verb = (...given: unknown[]) => Promise<unknown>

/**
 * The same repository: what another transaction stood in the way of is tried again, what cannot be done now says so.
 * @returns its verbs throw ChatError "db_unavailable" besides what they threw
 */
export function withstanding<Repository extends object>(
  repository: Repository,
  onUnavailable: () => void = () => undefined,
): Repository {
  function tried(verb: Verb): Verb {
    return async (...given) => {
      for (let tries = 1; ; tries++) {
        try {
          return await verb(...given)
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
    return new ChatError("db_unavailable", { cause: error })
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
  let lastFailureMs = Number.NEGATIVE_INFINITY
  const isSettled = () => now() - lastFailureMs > settlingMs
  const all = withstanding(chats, () => {
    lastFailureMs = now()
  })
  return {
    ...all,
    listDead: async (limit) => (isSettled() ? all.listDead(limit) : []),
    claimDead: async (claim) => (isSettled() ? all.claimDead(claim) : undefined),
  }
}
