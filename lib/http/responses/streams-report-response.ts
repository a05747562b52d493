import { setTimeout as wait } from "node:timers/promises"
import type { StreamReports } from "#lib/operator/stream-report.ts"
import type { AttachedReader } from "./attach-reader.ts"
import { linesResponse } from "./event-stream.ts"

const everyMs = 2_000

/** @returns a report now and every 2 s for as long as somebody reads: always this process's, whatever stands in front */
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
    // Nothing is read from the database ahead of its reader.
    { highWaterMark: 0 },
  )
  return linesResponse(lines, {}, { reader, farewell: ({ code }) => `event: ${code}\ndata: {}\n\n` })
}
