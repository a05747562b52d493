"use client"

import { useStreamsReport } from "#hooks/chats/use-streams-report.ts"
import type { ReportedProcess, ReportSample, StreamsReport } from "#lib/operator-protocol.ts"
import { LiveDot } from "../controls/live-dot.tsx"
import { texts } from "../texts.ts"
import { durationOf } from "./duration.ts"
import { operatorTexts } from "./operator-texts.ts"
import { Sparkline } from "./sparkline.tsx"
import { StreamRow } from "./stream-row.tsx"

const samplesKept = 60

/** Lists the running streams for admins. */
export function StreamsPage({ first }: { first: StreamsReport }) {
  const { report, connection } = useStreamsReport(first)
  const { process, history, streams } = report
  return (
    <main className="mx-auto min-h-dvh max-w-[90rem] px-4 pt-[max(1.5rem,env(safe-area-inset-top))] pb-10 md:px-8">
      <header className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <h1 className="font-semibold text-title tracking-tight">{operatorTexts.title}</h1>
        <p className="text-quiet">{operatorTexts.line}</p>
        <p role="status" data-testid="report-state" className="ms-auto flex items-center gap-2 text-note text-quiet">
          {operatorTexts[connection]}
          <LiveDot
            state={connection === "live" ? "writing" : connection === "connecting" ? "reconnecting" : "offline"}
          />
        </p>
      </header>
      <Charts process={process} history={history} />
      {!process.isStoreReachable && process.relay !== "off" && (
        <p className="mt-4 text-note text-waiting-text">{operatorTexts.storeAway}</p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard */}
      <section aria-label={operatorTexts.title} tabIndex={0} className="mt-8 overflow-x-auto">
        {streams === undefined ? (
          <p className="text-waiting-text">{operatorTexts.databaseAway}</p>
        ) : streams.length === 0 ? (
          <p className="text-quiet" data-testid="no-streams">
            {operatorTexts.nothing}
          </p>
        ) : (
          <table className="w-full text-note max-md:block">
            <thead className="text-quiet max-md:sr-only">
              <tr>
                {columns.map((column) => (
                  <th key={column} scope="col" className="py-2 pe-5 font-normal whitespace-nowrap">
                    {column}
                  </th>
                ))}
                <th scope="col">
                  <span className="sr-only">{operatorTexts.actions}</span>
                </th>
              </tr>
            </thead>
            <tbody className="max-md:block">
              {streams.map((stream) => (
                <StreamRow key={stream.streamId} stream={stream} />
              ))}
            </tbody>
          </table>
        )}
        {streams && streams.length >= maxListed && (
          <p className="mt-3 text-note text-quiet">{operatorTexts.listed(streams.length)}</p>
        )}
      </section>
      <p className="mt-10 max-w-[44rem] text-note text-quiet">
        {operatorTexts.thisProcess(process.id, process.relay, process.store, durationOf(process.uptimeSeconds))}
      </p>
    </main>
  )
}

/** The most streams that a report lists. */
const maxListed = 200

const columns = [
  operatorTexts.chat,
  operatorTexts.user,
  operatorTexts.agent,
  operatorTexts.age,
  operatorTexts.text,
  operatorTexts.epoch,
  operatorTexts.readers,
  operatorTexts.lag,
  operatorTexts.commandsHere,
]

function Charts({ process, history }: { process: ReportedProcess; history: ReportSample[] }) {
  const ended = Object.values(process.ended).reduce((sum, count) => sum + count, 0)
  const answers = ended + process.running
  const endedAs = Object.entries(process.ended)
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${texts.number(count)} ${operatorTexts.endedAs[status] ?? status}`)
  const canTell = process.readers !== undefined
  return (
    <>
      <div className="mt-6 grid gap-x-8 gap-y-5 sm:grid-cols-3">
        <Sparkline
          title={operatorTexts.chartRunning}
          values={history.map(({ running }) => running)}
          places={samplesKept}
        />
        {canTell && (
          <Sparkline
            title={operatorTexts.chartEvents}
            values={history.map(({ eventsPerSecond }) => eventsPerSecond)}
            places={samplesKept}
          />
        )}
        {canTell && (
          <Sparkline
            title={operatorTexts.chartReaders}
            values={history.map(({ readers }) => readers)}
            places={samplesKept}
          />
        )}
      </div>
      <dl className="mt-5 flex flex-wrap gap-x-8 gap-y-2 text-note">
        <Figure term={operatorTexts.commands}>
          {answers > 0 ? texts.number(Math.round((process.commands / answers) * 10) / 10) : operatorTexts.unknown}
        </Figure>
        <Figure term={operatorTexts.takeovers}>{texts.number(process.takeovers)}</Figure>
        <Figure term={operatorTexts.ended}>{endedAs.length > 0 ? endedAs.join(" · ") : texts.number(0)}</Figure>
      </dl>
    </>
  )
}

function Figure({ term, children }: { term: string; children: string }) {
  return (
    <div className="flex gap-2">
      <dt className="text-quiet">{term}</dt>
      <dd className="font-medium">{children}</dd>
    </div>
  )
}
