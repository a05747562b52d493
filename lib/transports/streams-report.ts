import type { StreamsReport } from "#lib/operator-protocol.ts"
import { parsedJson } from "#lib/parsed-json.ts"
import { addresses } from "./chat-api.ts"
import { firstToAbort } from "./first-to-abort.ts"
import { classifyResponse } from "./own-answer.ts"

/** "refused": the server denies access, so nothing is gained by asking again. */
export type ReportConnection = "live" | "connecting" | "refused"

export interface ReportOptions {
  onReport(report: StreamsReport): void
  onConnectionChange(connection: ReportConnection): void
}

const pauseMs = 3_000

/** Follows the admin's report on running streams, and reconnects until it is refused. @returns a function that ends it */
export function followStreamsReport({ onReport, onConnectionChange }: ReportOptions): () => void {
  const leaving = new AbortController()
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  function connect(): void {
    source = new EventSource(addresses.streamsReport)
    source.addEventListener("report", ({ data }) => {
      const report = parsedJson(data)
      if (!isReport(report)) return
      onReport(report)
      onConnectionChange("live")
    })
    source.addEventListener("error", () => {
      onConnectionChange("connecting")
      if (source?.readyState === EventSource.CLOSED) void reconnectUnlessRefused()
    })
  }

  /** An EventSource gives up at any response that is not an event stream, such as a proxy's page while the server restarts. */
  async function reconnectUnlessRefused(): Promise<void> {
    const refused = await isRefused(leaving.signal)
    if (leaving.signal.aborted) return
    if (refused) return onConnectionChange("refused")
    timer = setTimeout(connect, pauseMs)
  }

  connect()
  return () => {
    leaving.abort()
    clearTimeout(timer)
    source?.close()
  }
}

/** Checks only that the page can be drawn from it; a newer server may say more. */
function isReport(value: unknown): value is StreamsReport {
  if (typeof value !== "object" || value === null || !("process" in value) || !("history" in value)) return false
  const { process, history } = value
  return typeof process === "object" && process !== null && Array.isArray(history)
}

/** @returns whether our own server refuses, and not something in front of it */
async function isRefused(signal: AbortSignal): Promise<boolean> {
  const attempt = new AbortController()
  try {
    const request = fetch(addresses.streamsReport, {
      cache: "no-store",
      signal: firstToAbort(signal, attempt.signal),
    })
    const { isOwn, response } = await classifyResponse(await request, "stream")
    return isOwn && !response.ok && response.status < 500
  } catch {
    return false // the server was not reached, or the page was left
  } finally {
    attempt.abort()
  }
}
