import { useEffect, useState } from "react"
import type { StreamsReport } from "#lib/operator-protocol.ts"
import { firstToAbort } from "#lib/transports/first-to-abort.ts"
import { fetchOwn, judged } from "#lib/transports/own-answer.ts"
import { useIsVisible } from "../browser/use-is-visible.ts"

export interface LiveReport {
  report: StreamsReport
  /** "refused": the server says no, and going on asking is no use */
  connection: "live" | "connecting" | "refused"
}

const address = "/api/admin/streams"
const pauseMs = 3_000

/** The report as it is now, for as long as somebody looks at this tab. @param first as the page has it */
export function useStreamsReport(first: StreamsReport): LiveReport {
  const [report, setReport] = useState(first)
  const [connection, setConnection] = useState<LiveReport["connection"]>("connecting")
  const isVisible = useIsVisible()

  useEffect(() => {
    if (!isVisible) return
    const leaving = new AbortController()
    let source: EventSource | undefined
    function connect(): void {
      source = new EventSource(address)
      source.addEventListener("report", ({ data }) => {
        setReport(JSON.parse(data))
        setConnection("live")
      })
      source.addEventListener("error", () => {
        setConnection("connecting")
        if (source?.readyState === EventSource.CLOSED) void goOnUnlessRefused()
      })
    }
    /** The browser gives up at any answer that is no event stream, a proxy's while the server is away as well. */
    async function goOnUnlessRefused(): Promise<void> {
      if (await isRefused(leaving.signal)) return setConnection("refused")
      timer = setTimeout(connect, pauseMs)
    }
    let timer: ReturnType<typeof setTimeout> | undefined
    connect()
    return () => {
      leaving.abort()
      clearTimeout(timer)
      source?.close()
    }
  }, [isVisible])

  return { report, connection }
}

/** @returns whether it is our server that says no */
async function isRefused(signal: AbortSignal): Promise<boolean> {
  const hangingUp = new AbortController()
  try {
    const answering = fetch(address, { cache: "no-store", signal: firstToAbort(signal, hangingUp.signal) })
    const { isOwn, response } = await judged(await answering, "stream")
    return isOwn && !response.ok && response.status < 500
  } catch {
    return false // not reached, or left
  } finally {
    hangingUp.abort()
  }
}

/** @returns false where the server did not do it */
export async function stopStream(streamId: string): Promise<boolean> {
  const response = await fetchOwn(`/api/admin/streams/${streamId}/stop`, { method: "POST" }).catch(() => undefined)
  return response?.ok ?? false
}
