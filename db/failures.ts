/** What a driver's error says, however deep drizzle and the drivers wrap it. */

/** The database answers, but not all that is asked of it, or it gives no connection. */
export class DatabaseBusy extends Error {
  override readonly name = "DatabaseBusy"
}

/** @returns true for SQLSTATE 23505 */
export function isUniqueViolation(error: unknown): boolean {
  return sqlStateOf(error) === "23505"
}

/** Two transactions stood in each other's way (serialization failure, deadlock): nothing of this one is left, and it may be tried again. */
export function isConflict(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state === "40001" || state === "40P01"
}

/** A table or its schema is not there. */
export function isMissing(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state === "42P01" || state === "3F000"
}

/** Whoever asks has no right to it. */
export function isForbidden(error: unknown): boolean {
  return sqlStateOf(error) === "42501"
}

/**
 * The database cannot be reached, does not answer in time, or cannot take anything now: full, starting, ending, failing
 * over. What was asked of it may succeed later, and may even have happened.
 */
export function isUnavailable(error: unknown): boolean {
  const state = sqlStateOf(error)
  if (state !== undefined) return unavailableStates.test(state)
  // Without a state it is the network's or the driver's: a refused or lost connection, a deadline. Or a bug of ours.
  return !causesOf(error).some((cause) => bugs.some((bug) => cause instanceof bug))
}

/** The database answers, but its turn did not come in time. */
export function isBusy(error: unknown): boolean {
  return causesOf(error).some((cause) => cause instanceof DatabaseBusy) || isTooManyConnections(error)
}

/** The server, the role, the database or a pooler in front gives no further connection. */
export function isTooManyConnections(error: unknown): boolean {
  // PgBouncer has no state of its own for it.
  return (
    sqlStateOf(error) === "53300" ||
    causesOf(error).some(({ message }) => /no more connections allowed|too many (clients|connections)/i.test(message))
  )
}

/** What a statement was answered by a database that works, over a connection that goes on working. */
export function isStatementsOwn(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state !== undefined && !connectionStates.test(state)
}

/** Connection exceptions; operator intervention; system and internal errors. */
const connectionStates = /^(08|57P|58|XX)/

/**
 * What was to be written is refused for what it is: the same again would be refused again. It may have failed before it
 * was sent, as what JSON cannot say does.
 */
export function isDataRefused(error: unknown): boolean {
  const state = sqlStateOf(error)
  if (state !== undefined) return refusedDataStates.test(state)
  return causesOf(error).some((cause) => cause instanceof TypeError || cause instanceof RangeError)
}

/** Data exceptions; integrity constraints; program limits; types that do not fit, or cannot be made to. */
const refusedDataStates = /^(22|23|54|42804|42846)/

/** Connection exceptions; read-only; insufficient resources; lock not available; operator intervention; system errors. */
const unavailableStates = /^(08|25006|53|55P03|57|58)/
const bugs = [TypeError, RangeError, ReferenceError, SyntaxError]

/** Not any five letters: a network error's code may be EPIPE. */
const sqlStatePattern = /^[0-9FHPX][0-9A-Z]{4}$/

export function sqlStateOf(error: unknown): string | undefined {
  for (const cause of causesOf(error))
    if ("code" in cause && typeof cause.code === "string" && sqlStatePattern.test(cause.code)) return cause.code
  return undefined
}

export function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : []
}
