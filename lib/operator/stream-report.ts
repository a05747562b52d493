/** Builds the operator's view from what the database knows of all processes and what this one knows of itself. */
import { randomUUID } from "node:crypto"
import type { ChatRepository } from "#db/repository/chat-repository.ts"
import type { RunningRow } from "#db/repository/turns/list-running.ts"
import type {
  CarriedStream,
  ReportedProcess,
  ReportedStream,
  ReportSample,
  StreamsReport,
} from "#lib/operator-protocol.ts"
import type { Relay } from "#lib/relay/relay.ts"
import { charsPerToken } from "../prompt/context-budget.ts"
import type { RunningGenerations } from "../turns/running-generations.ts"

export interface StreamReports {
  /** Reads the report with one statement. Called only while an operator watches. */
  read(): Promise<StreamsReport>
  /** Returns this process's own counters, without the database. */
  readProcess(): ReportedProcess
  close(): void
}

export interface StreamReportOptions {
  repository: { turns: Pick<ChatRepository["turns"], "listRunning"> }
  running: Pick<RunningGenerations, "size" | "takeovers" | "ended">
  relay: Pick<Relay, "report">
  commands: CommandCount
  names: { relay: string; store: string }
  isStoreReachable: () => boolean
  onProblem: (error: unknown) => void
}

const maxStreams = 200
const sampleEveryMs = 5_000
const samplesKept = 60

/** Samples a few counters every 5 s; everything else is read on request. */
export function streamReports(options: StreamReportOptions): StreamReports {
  const { repository, running, relay, commands, names, onProblem } = options
  const id = randomUUID().slice(0, 8)
  const startedAtMs = Date.now()
  const history: ReportSample[] = []
  let sampledAtMs = startedAtMs
  let sampledEvents = 0

  function readProcess(): ReportedProcess {
    const report = relay.report()
    return {
      id,
      uptimeSeconds: Math.round((Date.now() - startedAtMs) / 1000),
      ...names,
      isStoreReachable: options.isStoreReachable(),
      running: running.size,
      readers: report?.streams.reduce((sum, { readers }) => sum + readers, 0),
      events: report?.events,
      commands: commands.total,
      takeovers: running.takeovers,
      ended: { ...running.ended },
    }
  }

  function sample(): void {
    const { running: count, readers = 0, events = 0 } = readProcess()
    const atMs = Date.now()
    const seconds = (atMs - sampledAtMs) / 1000
    history.push({
      atMs,
      running: count,
      readers,
      eventsPerSecond: seconds > 0 ? (events - sampledEvents) / seconds : 0,
    })
    if (history.length > samplesKept) history.shift()
    sampledAtMs = atMs
    sampledEvents = events
  }

  function carriedHere(): Map<string, CarriedStream> {
    const streams = relay.report()?.streams ?? []
    return new Map(streams.map(({ streamId, ...known }) => [streamId, { ...known, commands: commands.of(streamId) }]))
  }

  const timer = setInterval(sample, sampleEveryMs).unref()
  return {
    readProcess,
    async read() {
      const rows = await repository.turns.listRunning(maxStreams).catch((error: unknown) => void onProblem(error))
      const here = carriedHere()
      return {
        process: readProcess(),
        history: [...history],
        streams: rows?.map((row) => reported(row, here.get(row.streamId))),
      }
    },
    close: () => clearInterval(timer),
  }
}

function reported(row: RunningRow, here: CarriedStream | undefined): ReportedStream {
  const { streamId, chatId, agent, isDead, chars } = row
  return {
    streamId,
    chatId,
    user: shortened(row),
    agent,
    model: row.model ?? "unknown",
    ageSeconds: Math.max(0, Math.round(row.ageSeconds)),
    takeovers: row.epoch - 1,
    isDead,
    chars,
    tokens: Math.ceil(chars / charsPerToken),
    here,
  }
}

function shortened({ userId, email, isGuest }: RunningRow): string {
  if (isGuest) return `guest ${userId.slice(0, 6)}`
  const [name = "", host = ""] = email.split("@")
  return `${name.slice(0, 2)}…@${host}`
}

export interface CommandCount {
  readonly total: number
  /** Counts the commands for this stream, as far as it is still known. */
  of(streamId: string): number
  count(key: string): void
}

/** More than run in a process at once; the oldest entries are dropped first. */
const streamsCounted = 10_000

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/

/** Counts commands to the store. Keys and channels of a stream contain its id. */
export function commandCount(): CommandCount {
  const byStream = new Map<string, number>()
  let total = 0
  return {
    get total() {
      return total
    },
    of: (streamId) => byStream.get(streamId) ?? 0,
    count(key) {
      total += 1
      const [streamId] = uuid.exec(key) ?? []
      if (streamId === undefined) return
      byStream.set(streamId, (byStream.get(streamId) ?? 0) + 1)
      if (byStream.size <= streamsCounted) return
      for (const oldest of byStream.keys()) return void byStream.delete(oldest)
    },
  }
}
