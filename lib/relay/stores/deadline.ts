import type { EventId } from "#lib/chat-protocol.ts"
import { late, within } from "#lib/within.ts"
import { StoreUnavailable } from "./store.ts"

/** How long any verb of a store may take. */
export const storeDeadlineMs = 1_000

/** @throws StoreUnavailable where the call fails, or has not settled within a store's deadline */
export async function withinDeadline<T>(call: Promise<T>): Promise<T> {
  const outcome = await within(call, storeDeadlineMs).catch((cause: unknown) => {
    throw new StoreUnavailable("the store failed", { cause })
  })
  if (outcome === late) throw new StoreUnavailable(`the store did not answer within ${storeDeadlineMs} ms`)
  return outcome
}

/** What Redis answers to an append: the entry's id, nil where there is no log and one must exist, or an error. */
export function outcomeOfAppend(appending: Promise<string | null>): Promise<"appended" | "lost" | "refused"> {
  return appending.then(
    (id) => (id === null ? "lost" : "appended"),
    (error: unknown) => {
      if (!String(error).includes("equal or smaller")) throw error
      return "refused"
    },
  )
}

/** The place after which a log is read, as Redis writes it. */
export function rangeAfter(id: EventId | undefined): string {
  return id === undefined ? "-" : `(${id}`
}

/** Redis says so by an error; to us it is an answer. */
export function undefinedWhereNoNumber(error: unknown): undefined {
  if (!String(error).includes("not an integer")) throw error
}
