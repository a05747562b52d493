import type { PGlite } from "@electric-sql/pglite"
import { within } from "./deadline.ts"

/** SQLSTATE disk_full */
const diskFull = "53100"

/**
 * Once its disk was full, PGlite 0.5 never answers again, not even when there is room: the first such failure marks
 * the store as lost, and from then on every call is refused at once, until a restart. Whatever else keeps it from
 * answering ends with the deadline, which counts from the call and so includes the wait for its turn.
 */
export function boundPglite(client: PGlite, deadlineMs: number): void {
  let loss: unknown
  const bounded =
    <Given extends unknown[], Result>(method: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      if (loss) throw new Error("The disk of the embedded database was full: make room and restart", { cause: loss })
      try {
        return await within(deadlineMs, method.apply(client, given))
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
