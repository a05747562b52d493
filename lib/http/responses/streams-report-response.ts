import { setTimeout as wait } from "node:timers/promises"
import type { StreamReports } from "#lib/operator/stream-report.ts"
import type { AttachedReader } from "./attach-reader.ts"
import { linesResponse } from "./event-stream.ts"

const everyMs = 2_000

/** Sends a report of this process now and every 2 s, as long as the reader stays. */
export function streamsReportResponse(reports: Pick<StreamReports, "read">, reader: AttachedReader): Response {
  const leaving = new AbortController()
  let isFirst = true
  const lines = new ReadableStream<string>(
    {
      async pull(controller) {
        if (!isFirst) await wait(everyMs, undefined, { signal: leaving.signal }).catch(() => undefined)
        isFirst = false
        if (leaving.signal.aborted) return
        controller.enqueue(`event: report\ndata: ${JSON.stringify(await reports.read())}\n\n`)
      },
      cancel: () => leaving.abort(),
    },
    // The database is not read before the reader asks.
    { highWaterMark: 0 },
  )
  return linesResponse(lines, {}, { reader, rejectionLines: ({ code }) => `event: ${code}\ndata: {}\n\n` })
}
