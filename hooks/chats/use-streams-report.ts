import { useEffect, useState } from "react"
import type { StreamsReport } from "#lib/operator-protocol.ts"
import { followStreamsReport, type ReportConnection } from "#lib/transports/streams-report.ts"
import { useIsVisible } from "../browser/use-is-visible.ts"

export interface LiveReport {
  report: StreamsReport
  connection: ReportConnection
}

/** Keeps the admin's report up to date while the tab is visible. @param first the report that the page was rendered with */
export function useStreamsReport(first: StreamsReport): LiveReport {
  const [report, setReport] = useState(first)
  const [connection, setConnection] = useState<ReportConnection>("connecting")
  const isVisible = useIsVisible()

  useEffect(() => {
    if (isVisible) return followStreamsReport({ onReport: setReport, onConnectionChange: setConnection })
  }, [isVisible])

  return { report, connection }
}
