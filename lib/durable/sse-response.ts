import type { ChatError } from "#lib/errors.ts"
import { linesResponse } from "#lib/http/responses/event-stream.ts"
import { cursorAfter } from "./cursor.ts"
import type { Run } from "./event-log.ts"
import { type LiveRuns, liveRuns } from "./live-runs.ts"
import { offsetAfter } from "./offsets.ts"
import type { Reading } from "./reading.ts"

/**
 * Sends a run and then every further one as it comes. Ends after the stream's last event, which alone says so; or
 * without saying so after a while, or where the stream cannot be followed: the client then asks again from its offset.
 */
export function sseResponse(first: Run, cursor: string | undefined, reading: Reading): Response {
  const reader = reading.attach()
  return linesResponse(linesOf(first, cursor, reading), reading.codec.sseHeaders ?? {}, { reader, rejectionLines })
}

function linesOf(first: Run, cursor: string | undefined, reading: Reading): ReadableStream<string> {
  let due: Run | undefined = first
  let runs: LiveRuns | undefined
  let isOver = false

  async function leave(): Promise<void> {
    isOver = true
    clearTimeout(timer)
    await runs?.cancel()
  }
  const timer = setTimeout(() => void leave(), reading.sseMs)

  async function nextRun(): Promise<Run | undefined> {
    const items = runs ? undefined : await reading.log.follow(first.last)
    if (items) runs = liveRuns(items)
    return isOver ? undefined : runs?.next()
  }

  return new ReadableStream<string>(
    {
      async pull(controller) {
        const run = due ?? (await nextRun())
        due = undefined
        if (run) controller.enqueue(runLines(run, cursor, reading))
        if (run && !run.isClosed) return
        await leave()
        controller.close()
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  )
}

/** Formats a run: clients deliver a `data` event only with the `control` event behind it. */
function runLines({ events, last, isClosed }: Run, cursor: string | undefined, { codec, now }: Reading): string {
  const streamNextOffset = offsetAfter(last)
  const control = isClosed
    ? { streamNextOffset, streamClosed: true }
    : { streamNextOffset, streamCursor: cursorAfter(cursor, now()), upToDate: true }
  const data = events.length > 0 ? `event: data\ndata:${codec.sseData(events)}\n\n` : ""
  return `${data}event: control\ndata:${JSON.stringify(control)}\n\n`
}

/** Names why the response ends by an event that clients pass over; they learn the rest when they ask again. */
function rejectionLines({ code, message }: ChatError): string {
  return `event: ${code}\ndata:${JSON.stringify({ message })}\n\n`
}
