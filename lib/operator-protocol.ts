/** Shapes of the operator's view, shared by browser and server. */

/** A running stream of any process, as the database knows it. */
export interface ReportedStream {
  streamId: string
  chatId: string
  /** enough to recognise a user, too little to contact them */
  user: string
  agent: string
  model: string
  ageSeconds: number
  /** number of takeovers by another process */
  takeovers: number
  /** true if its producer's lease has run out */
  isDead: boolean
  /** characters stored; readers may have up to 200 more */
  chars: number
  /** estimated from `chars`, at four characters per token */
  tokens: number
  /** undefined if the stream does not pass through the answering process */
  here: CarriedStream | undefined
}

/** What a process knows about a stream that passes through it. */
export interface CarriedStream {
  role: "producer" | "follower"
  /** readers attached in this process */
  readers: number
  /** how far the log lags behind the producer's memory; undefined for a follower */
  lag: { events: number; ms: number } | undefined
  /** commands sent to the store so far by this process */
  commands: number
}

/** A process's own counters since its start. */
export interface ReportedProcess {
  id: string
  uptimeSeconds: number
  relay: string
  store: string
  isStoreReachable: boolean
  running: number
  /** undefined if the relay does not count them */
  readers: number | undefined
  events: number | undefined
  commands: number
  takeovers: number
  /** answers that ended here, by final status */
  ended: Record<string, number>
}

export interface ReportSample {
  /** ms since 1970 */
  atMs: number
  running: number
  readers: number
  /** events per second since the previous sample */
  eventsPerSecond: number
}

export interface StreamsReport {
  process: ReportedProcess
  /** samples of this process, oldest first: one per 5 s for the last 5 minutes */
  history: ReportSample[]
  /** streams of all processes, oldest first; undefined while the database is unavailable */
  streams: ReportedStream[] | undefined
}
