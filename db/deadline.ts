import { sql } from "drizzle-orm"
import { late, within } from "#lib/within.ts"

/**
 * A reader waits at most 3 s for an answer, whatever is down: 1 s for a connection (or a turn in the pool), then the
 * query.
 */
export const connectTimeoutMs = 1_000
export const queryTimeoutMs = 2_000
/**
 * Limits the wait for a turn while the database answers others, which does not mean that it is down. Half of a
 * browser's patience with a silent request (20 s), as a request may wait twice.
 */
export const patienceMs = 10_000

/**
 * True while the sender of a statement still waits for it, and a moment longer. A statement that was given up keeps
 * waiting behind a lock in the server; with this condition it then changes nothing. It is for statements that are their
 * own transaction, which begins when they are parsed, before they wait for a table. A statement that waits for a row
 * must check it in a later step: Postgres does not re-evaluate the condition if the row stayed unchanged.
 */
export const isAwaited = sql`clock_timestamp() - now() < make_interval(secs => ${queryTimeoutMs / 1_000}::float8)`

export class NoAnswer extends Error {
  override readonly name = "NoAnswer"

  constructor(deadlineMs: number) {
    super(`The database did not answer within ${deadlineMs} ms`)
  }
}

/** Waits for work. @throws NoAnswer if it has not settled in time; its later outcome is ignored */
export async function answeredWithin<Result>(work: Promise<Result>, deadlineMs: number): Promise<Result> {
  const answer = await within(work, deadlineMs)
  if (answer === late) throw new NoAnswer(deadlineMs)
  return answer
}
