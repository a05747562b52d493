import { sql } from "drizzle-orm"
import { late, within } from "#lib/within.ts"

/**
 * A reader waits at most 3 s for an answer, whatever is down: 1 s for a connection (or for one to become free in the
 * pool), then the query.
 */
export const connectTimeoutMs = 1_000
export const queryTimeoutMs = 2_000
/**
 * How long a request queues for a connection while the database answers others and so is busy rather than down. Half
 * of the 20 s after which a browser gives up a silent request, as a request may queue twice.
 */
export const patienceMs = 10_000

/**
 * SQL condition that holds until shortly after the caller stops waiting for the statement. A statement whose caller
 * has given up may still wait behind a lock in the server; with this condition it then changes nothing.
 *
 * For statements that are their own transaction, since `now()` is its beginning: the moment the statement is
 * parsed, before it waits for a table. A statement that waits for a row must check this in a later step: Postgres
 * does not re-evaluate the condition if the row stayed unchanged.
 */
export const isAwaited = sql`clock_timestamp() - now() < make_interval(secs => ${queryTimeoutMs / 1_000}::float8)`

export class NoAnswer extends Error {
  override readonly name = "NoAnswer"

  constructor(deadlineMs: number) {
    super(`The database did not answer within ${deadlineMs} ms`)
  }
}

/**
 * Waits for work.
 * @throws NoAnswer if it has not settled in time; its later outcome is ignored
 */
export async function answeredWithin<Result>(work: Promise<Result>, deadlineMs: number): Promise<Result> {
  const answer = await within(work, deadlineMs)
  if (answer === late) throw new NoAnswer(deadlineMs)
  return answer
}
