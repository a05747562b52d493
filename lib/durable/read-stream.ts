import { runAfter } from "./event-log.ts"
import { waitForRun } from "./long-poll.ts"
import { readRequest } from "./read-request.ts"
import type { Reading } from "./reading.ts"
import { headResponse, runResponse } from "./responses.ts"
import { sseResponse } from "./sse-response.ts"

/** Answers a GET. @throws ChatError as its request, its offset or its stream deserves */
export async function readStream(request: Request, reading: Reading): Promise<Response> {
  const asked = readRequest(request)
  const run = await runAfter(reading.log, asked.offset)
  if (asked.live === "sse") return sseResponse(run, asked.cursor, reading)
  const isWaiting = asked.live === "long-poll" && run.events.length === 0 && !run.isClosed
  return runResponse(request, asked, isWaiting ? await waitForRun(request.signal, run, reading) : run, reading)
}

/** Answers a HEAD, whatever its query says. @throws ChatError if there is no such stream, or it cannot be read now */
export async function headStream(reading: Pick<Reading, "log" | "codec">): Promise<Response> {
  return headResponse(await runAfter(reading.log, { kind: "now" }), reading)
}
