import { cursorAfter } from "./cursor.ts"
import { etagOf, isMatch } from "./etag.ts"
import type { Run } from "./event-log.ts"
import { offsetAfter } from "./offsets.ts"
import type { ReadRequest } from "./read-request.ts"
import type { Reading } from "./reading.ts"

/** The session decides what an answer is: only its own browser may keep one, and asks each time. */
const revalidated = "private, no-cache"

/** Sends a run, or tells that the reader's copy of it is current. */
export function runResponse(request: Request, { offset, live, cursor }: ReadRequest, run: Run, reading: Reading) {
  const headers = headersOf(run)
  if (live && !run.isClosed) headers.set("stream-cursor", cursorAfter(cursor, reading.now()))
  if (live && run.events.length === 0) return new Response(null, { status: 204, headers: noStore(headers) })
  if (offset.kind === "now") noStore(headers)
  else {
    const from = offsetAfter(offset.kind === "after" ? offset.position : undefined)
    const etag = etagOf(reading.streamId, { from, next: offsetAfter(run.last), isClosed: run.isClosed })
    headers.set("etag", etag)
    headers.set("cache-control", revalidated)
    if (isMatch(request.headers.get("if-none-match"), etag)) return new Response(null, { status: 304, headers })
  }
  headers.set("content-type", reading.codec.contentType)
  return new Response(reading.codec.body(run.events), { headers })
}

/** Tells where a stream's end is, without its events. */
export function headResponse(run: Run, { codec }: Pick<Reading, "codec">): Response {
  const headers = noStore(headersOf(run))
  headers.set("content-type", codec.contentType)
  return new Response(null, { headers })
}

function headersOf({ last, isClosed }: Run): Headers {
  const headers = new Headers({ "stream-next-offset": offsetAfter(last), "stream-up-to-date": "true" })
  if (isClosed) headers.set("stream-closed", "true")
  return headers
}

function noStore(headers: Headers): Headers {
  headers.set("cache-control", "no-store")
  return headers
}
