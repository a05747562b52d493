import type { UIMessageChunk } from "ai"
import { parseEventId, type StreamEvent } from "#lib/chat-protocol.ts"

/** How an answer begins: empty, or with what an earlier generation left of it. */
export type Beginning =
  | { kind: "fresh" }
  /** Replaces another generation's answer, which it repeats first and does not pay for. */
  | {
      kind: "continues"
      from: ResumePoint
      /** The user has just approved these calls. They run first, with their stored input. */
      approvedCallIds: string[]
      /** true if the answer waited for the user's decisions; false if it broke off */
      isDecided: boolean
    }
  /** Its own producer died. This generation continues in the same stream, and its charge covers both. */
  | { kind: "takes-over"; from: ResumePoint; runningMs: number }
  /** Its own producer died, and the answer ends with its text so far. Neither model nor tool is called. */
  | {
      kind: "only-ends"
      from: ResumePoint
      runningMs: number
      as: "stopped" | "interrupted"
      /** true if its readers get the last events and may use the last id as their position */
      reachesReaders: boolean
    }

/** What an earlier generation left of an answer. */
export interface ResumePoint {
  /** events that are in the log already: readers have them, or will get them from there */
  logged: StreamEvent[]
  /** the stored answer as chunks, to be sent again if the log does not have them */
  replay: UIMessageChunk[]
}

/** Returns true if another producer of the same stream died. What it did is known only from the database. */
export function isTakeover(beginning: Beginning): beginning is Extract<Beginning, { runningMs: number }> {
  return beginning.kind === "takes-over" || beginning.kind === "only-ends"
}

/** Returns the number of the last event before this generation's own; 0 if there is none. */
export function lastSeqOf(beginning: Beginning): number {
  const last = beginning.kind === "fresh" ? undefined : beginning.from.logged.at(-1)
  return last === undefined ? 0 : (parseEventId(last.id)?.seq ?? 0)
}
