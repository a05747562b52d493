import { sql } from "drizzle-orm"
import { late, within } from "#lib/within.ts"

/** A reader waits 3 s at most for an answer, whatever is down: 1 s for a connection (or a turn in the pool), then the query. */
export const connectTimeoutMs = 1_000
export const queryTimeoutMs = 2_000
/**
 * Who waits for a turn while the database answers others is not told that it is down. Less than a browser's patience with
 * a silent request (20 s), as a request may wait twice.
 */
export const patienceMs = 10_000

/**
 * True while whoever sent a statement waits for it, and a moment longer. A statement that was given up goes on waiting in
 * the server, behind a lock; where it may then do harm, it is to do nothing. For statements that are a transaction of
 * their own: that begins when they are parsed, which is before they wait for a table. Where they wait for a row, it is to
 * be asked of what follows: a row that did not change meanwhile is not looked at again.
 */
export const isAwaited = sql`clock_timestamp() - now() < make_interval(secs => ${queryTimeoutMs / 1_000}::float8)`

export class NoAnswer extends Error {
  override readonly name = "NoAnswer"

  constructor(deadlineMs: number) {
    super(`The database did not answer within ${deadlineMs} ms`)
  }
}

/** @throws NoAnswer where `work` has not settled in time; it goes on unheard */
export async function answeredWithin<Result>(work: Promise<Result>, deadlineMs: number): Promise<Result> {
  const answer = await within(work, deadlineMs)
  if (answer === late) throw new NoAnswer(deadlineMs)
  return answer
}
