import type { UIMessageChunk } from "ai"
import { parseEventId, type StreamEvent } from "#lib/chat-protocol.ts"

/** How an answer begins: with nothing, or with what an earlier generation left of it. */
export type Beginning =
  | { kind: "fresh" }
  /** It takes the place of another generation's answer, which it says again first and does not pay for. */
  | {
      kind: "continues"
      from: ResumePoint
      /** The user has just approved these calls. They run first, with their stored input. */
      approvedCallIds: string[]
    }
  /** Its own producer died. This generation goes on in the same stream, and its charge covers both. */
  | { kind: "takes-over"; from: ResumePoint; runningMs: number }
  /** Its own producer died, and the answer ends with what there is of it. Neither model nor tool is asked. */
  | {
      kind: "only-ends"
      from: ResumePoint
      runningMs: number
      as: "stopped" | "interrupted"
      /** True if its readers get the last events, and may name the last one as their position. */
      reachesReaders: boolean
    }

/** What an earlier generation left of an answer. */
export interface ResumePoint {
  /** events that the log has already: readers have them, or will get them from there */
  logged: StreamEvent[]
  /** the stored answer as chunks, to be sent again where the log does not have them */
  replay: UIMessageChunk[]
}

/** Returns true where another producer of the same stream died. Only the database knows what that one did. */
export function isTakeover(beginning: Beginning): beginning is Extract<Beginning, { runningMs: number }> {
  return beginning.kind === "takes-over" || beginning.kind === "only-ends"
}

/** Returns the number of the last event before this generation's own; 0 where there is none. */
export function lastSeqOf(beginning: Beginning): number {
  const last = beginning.kind === "fresh" ? undefined : beginning.from.logged.at(-1)
  return last === undefined ? 0 : (parseEventId(last.id)?.seq ?? 0)
}
