/** Classifies drivers' errors, however deeply drizzle and the drivers wrap them. */

/** The database answers, but is overloaded or grants no connection. */
export class DatabaseBusy extends Error {
  override readonly name = "DatabaseBusy"
}

/** Recognises SQLSTATE 23505. */
export function isUniqueViolation(error: unknown): boolean {
  return sqlStateOf(error) === "23505"
}

/** Recognises a serialization failure or a deadlock: nothing of this transaction remains, and it may be retried. */
export function isConflict(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state === "40001" || state === "40P01"
}

/** Recognises a missing table or schema. */
export function isMissing(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state === "42P01" || state === "3F000"
}

/** Recognises a missing right. */
export function isForbidden(error: unknown): boolean {
  return sqlStateOf(error) === "42501"
}

/**
 * Recognises a database that cannot be reached, does not answer in time, or accepts nothing now: full, starting,
 * ending, failing over. The same statement may succeed later, and may even have taken effect.
 */
export function isUnavailable(error: unknown): boolean {
  const state = sqlStateOf(error)
  if (state !== undefined) return unavailableStates.test(state)
  // An error without a state comes from the network or the driver (a refused or lost connection, a deadline), unless it
  // is a bug.
  return !causesOf(error).some((cause) => bugs.some((bug) => cause instanceof bug))
}

/** Recognises an overloaded database: it answers, but the statement's turn did not come in time. */
export function isBusy(error: unknown): boolean {
  return causesOf(error).some((cause) => cause instanceof DatabaseBusy) || isTooManyConnections(error)
}

/** Recognises that the server, the role, the database or a pooler grants no further connection. */
export function isTooManyConnections(error: unknown): boolean {
  // PgBouncer has no state for this.
  return (
    sqlStateOf(error) === "53300" ||
    causesOf(error).some(({ message }) => /no more connections allowed|too many (clients|connections)/i.test(message))
  )
}

/** Recognises an error of the statement itself: the database works and the connection stays usable. */
export function isStatementsOwn(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state !== undefined && !connectionStates.test(state)
}

/** Connection exceptions; operator intervention; system and internal errors. */
const connectionStates = /^(08|57P|58|XX)/

/**
 * Recognises data that the database refuses and would refuse again. It may fail before it is sent, such as a value that
 * JSON cannot express.
 */
export function isDataRefused(error: unknown): boolean {
  const state = sqlStateOf(error)
  if (state !== undefined) return refusedDataStates.test(state)
  return causesOf(error).some((cause) => cause instanceof TypeError || cause instanceof RangeError)
}

/** Data exceptions; integrity constraints; program limits; types that do not match or cannot be converted. */
const refusedDataStates = /^(22|23|54|42804|42846)/

/** Connection exceptions; read-only; insufficient resources; lock not available; operator intervention; system errors. */
const unavailableStates = /^(08|25006|53|55P03|57|58)/
const bugs = [TypeError, RangeError, ReferenceError, SyntaxError]

/** Stricter than any five characters, since a network error's code may be EPIPE. */
const sqlStatePattern = /^[0-9FHPX][0-9A-Z]{4}$/

export function sqlStateOf(error: unknown): string | undefined {
  for (const cause of causesOf(error))
    if ("code" in cause && typeof cause.code === "string" && sqlStatePattern.test(cause.code)) return cause.code
  return undefined
}

export function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : []
}
