import { setImmediate as idle } from "node:timers/promises"
import type { StreamEvent } from "#lib/chat-protocol.ts"
import { caughtUp, type RelayItem } from "#lib/relay/relay.ts"
import { type Run, runOf } from "./event-log.ts"

export interface LiveRuns {
  /** Waits for the next events, and takes all that are there by then. @returns undefined once the stream is over */
  next(): Promise<Run | undefined>
  /** Leaves the stream; a waiting `next` returns undefined. */
  cancel(): Promise<void>
}

/** Reads a followed stream run by run, so that events that arrive together are sent together. */
export function liveRuns(items: ReadableStream<RelayItem>): LiveRuns {
  const reader = items.getReader()
  let reading: ReturnType<typeof reader.read> | undefined

  async function isRead(run: StreamEvent[], patience?: Promise<void>): Promise<boolean> {
    reading ??= reader.read()
    const item = await Promise.race([reading, ...(patience ? [patience] : [])])
    // The end is left for the next run to find.
    if (!item || item.done) return false
    reading = undefined
    if (item.value !== caughtUp) run.push(item.value)
    return true
  }

  return {
    async next() {
      const run: StreamEvent[] = []
      while (run.length === 0) if (!(await isRead(run))) return undefined
      while (await isRead(run, idle()));
      return runOf(run, run.at(-1))
    },
    cancel: () => reader.cancel(),
  }
}
