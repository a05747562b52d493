import type { PGlite } from "@electric-sql/pglite"
import { answeredWithin, NoAnswer } from "./deadline.ts"
import { DatabaseBusy } from "./failures.ts"

/** SQLSTATE disk_full */
const diskFull = "53100"

/**
 * Limits PGlite's calls. After a full disk PGlite 0.5 never answers again, even when there is space: the first such
 * failure marks the store as lost, and every later call is refused at once until a restart. Other hangs end with the
 * deadline. PGlite runs one statement at a time, so a call may wait longer while others get their turn.
 */
export function boundPglite(
  client: PGlite,
  { deadlineMs, patienceMs }: { deadlineMs: number; patienceMs: number },
): void {
  let loss: unknown
  let answers = 0

  async function inTurn<Result>(work: Promise<Result>): Promise<Result> {
    for (let waitedMs = deadlineMs; ; waitedMs += deadlineMs) {
      const before = answers
      try {
        const result = await answeredWithin(work, deadlineMs)
        answers += 1
        return result
      } catch (error) {
        if (!(error instanceof NoAnswer) || answers === before) throw error
        if (waitedMs >= patienceMs) throw new DatabaseBusy(`The embedded database had no time for ${waitedMs} ms`)
      }
    }
  }

  const bounded =
    <Given extends unknown[], Result>(method: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      if (loss) throw new Error("The disk of the embedded database was full: make room and restart", { cause: loss })
      try {
        return await inTurn(method.apply(client, given))
      } catch (error) {
        if (isDiskFull(error)) loss = error
        throw error
      }
    }
  Object.assign(client, { query: bounded(client.query), transaction: bounded(client.transaction) })
}

function isDiskFull(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ("code" in cause && cause.code === diskFull) return true
  return false
}
