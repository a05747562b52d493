import type { EventId } from "#lib/chat-protocol.ts"
import { late, within } from "#lib/within.ts"
import { StoreUnavailable } from "./store.ts"

/** How long any verb of a store may take, unless it is opened with another limit. */
export const storeDeadlineMs = 1_000

/** Waits for a call. @throws StoreUnavailable if it fails, or does not settle within the deadline */
export async function withinDeadline<T>(call: Promise<T>, deadlineMs: number): Promise<T> {
  const outcome = await within(call, deadlineMs).catch((cause: unknown) => {
    throw new StoreUnavailable("the store failed", { cause })
  })
  if (outcome === late) throw new StoreUnavailable(`the store did not answer within ${deadlineMs} ms`)
  return outcome
}

/** Interprets Redis's answer to an append: the entry's id, nil if the log must exist and does not, or an error. */
export function outcomeOfAppend(appending: Promise<string | null>): Promise<"appended" | "lost" | "refused"> {
  return appending.then(
    (id) => (id === null ? "lost" : "appended"),
    (error: unknown) => {
      if (!String(error).includes("equal or smaller")) throw error
      return "refused"
    },
  )
}

/** Writes the start of an exclusive range as Redis expects it. */
export function rangeAfter(id: EventId | undefined): string {
  return id === undefined ? "-" : `(${id}`
}

/** Turns Redis's error for a value that is not a number into a result. */
export function undefinedIfNotInteger(error: unknown): undefined {
  if (!String(error).includes("not an integer")) throw error
}
