import { useEffect, useState } from "react"
import type { StreamsReport } from "#lib/operator-protocol.ts"
import { useIsVisible } from "./use-is-visible.ts"

export interface LiveReport {
  report: StreamsReport
  /** "refused": the server says no, and going on asking is no use */
  connection: "live" | "connecting" | "refused"
}

/** The report as it is now, for as long as somebody looks at this tab. @param first as the page has it */
export function useStreamsReport(first: StreamsReport): LiveReport {
  const [report, setReport] = useState(first)
  const [connection, setConnection] = useState<LiveReport["connection"]>("connecting")
  const isVisible = useIsVisible()

  useEffect(() => {
    if (!isVisible) return
    const source = new EventSource("/api/admin/streams")
    source.addEventListener("report", ({ data }) => {
      setReport(JSON.parse(data))
      setConnection("live")
    })
    source.addEventListener("error", () => {
      setConnection(source.readyState === EventSource.CLOSED ? "refused" : "connecting")
    })
    return () => source.close()
  }, [isVisible])

  return { report, connection }
}

/** @returns false where the server did not do it */
export async function stopStream(streamId: string): Promise<boolean> {
  const response = await fetch(`/api/admin/streams/${streamId}/stop`, { method: "POST" }).catch(() => undefined)
  return response?.ok ?? false
}
