import { ChatError } from "#lib/errors.ts"
import { type Run, runAfter } from "./event-log.ts"
import { liveRuns } from "./live-runs.ts"
import type { Reading } from "./reading.ts"

/**
 * Waits for the run after one that is empty.
 * @returns the same run if nothing comes in time, or its reader leaves
 * @throws ChatError "unauthenticated" if the session ends meanwhile, "offset_gone" if a takeover takes events back
 */
export async function waitForRun(gone: AbortSignal, run: Run, { log, attach, longPollMs }: Reading): Promise<Run> {
  const reader = attach()
  const isOver = AbortSignal.any([gone, reader.sessionEnded, AbortSignal.timeout(longPollMs)])
  try {
    const items = await log.follow(run.last)
    const next = items && (await nextRun(items, isOver))
    if (reader.sessionEnded.aborted) throw new ChatError("unauthenticated")
    if (next || isOver.aborted) return next ?? run
    // The stream ended in between, or continues from an earlier event: a new look tells.
    return await runAfter(log, run.last === undefined ? { kind: "start" } : { kind: "after", position: run.last })
  } finally {
    reader.leave()
  }
}

async function nextRun(items: Parameters<typeof liveRuns>[0], isOver: AbortSignal): Promise<Run | undefined> {
  const runs = liveRuns(items)
  const stop = () => void runs.cancel().catch(() => undefined)
  isOver.addEventListener("abort", stop)
  try {
    return isOver.aborted ? undefined : await runs.next()
  } finally {
    isOver.removeEventListener("abort", stop)
    await runs.cancel()
  }
}
