/** What an operator sees of the service: shapes shared by browser and server. */

/** A running stream, whichever process produces it, as the database knows it. */
export interface ReportedStream {
  streamId: string
  chatId: string
  /** enough to know a user again, too little to write to them */
  user: string
  agent: string
  model: string
  ageSeconds: number
  /** how often another process has taken it over */
  takeovers: number
  /** its producer gives no sign of life */
  isDead: boolean
  /** of what is stored; up to 200 behind what is shown */
  chars: number
  /** estimated from these, at four characters a token */
  tokens: number
  /** undefined where the process that was asked has nothing to do with it */
  here: CarriedStream | undefined
}

/** What a process knows itself of a stream that passes through it. */
export interface CarriedStream {
  role: "producer" | "follower"
  /** attached at this process, whoever asked first among them */
  readers: number
  /** how far the log is behind the producer's memory; undefined at a follower */
  lag: { events: number; ms: number } | undefined
  /** asked of the store so far, by this process */
  commands: number
}

/** What a process knows of itself, counted from its start. */
export interface ReportedProcess {
  id: string
  uptimeSeconds: number
  relay: string
  store: string
  isStoreReachable: boolean
  running: number
  /** undefined where the relay cannot tell */
  readers: number | undefined
  events: number | undefined
  commands: number
  takeovers: number
  /** answers that ended here, by how */
  ended: Record<string, number>
}

export interface ReportSample {
  /** ms since 1970 */
  atMs: number
  running: number
  readers: number
  /** a second, since the sample before */
  eventsPerSecond: number
}

export interface StreamsReport {
  process: ReportedProcess
  /** of this process, the oldest first: a sample each 5 s of the last 5 minutes */
  history: ReportSample[]
  /** of all processes, the oldest first; undefined while the database cannot be asked */
  streams: ReportedStream[] | undefined
}
