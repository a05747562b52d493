import type { ErrorCode } from "#lib/errors.ts"

/** Nothing was changed, for a reason that the caller may show to the user. */
export type Refusal = { kind: "refused"; code: Exclude<ErrorCode, "generation_running"> } | RunningRefusal

/** An answer is being written in the chat. `isDead`: its producer no longer renews its lease. */
export interface RunningRefusal {
  kind: "refused"
  code: "generation_running"
  streamId: string
  isDead: boolean
}

/** Refuses with a code. */
export function refused(code: Exclude<ErrorCode, "generation_running">): Refusal {
  return { kind: "refused", code }
}

/** Refuses because of the stream that runs in the chat. */
export function refusedFor(running: { streamId: string; isDead: boolean }): RunningRefusal {
  return { kind: "refused", code: "generation_running", ...running }
}
