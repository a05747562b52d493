/** What measurements know of a product: how it is started, asked and followed. Its wire stays in its own folder. */
import type { Reading } from "./reading.ts"

export interface Peer {
  /** as in `--peers plain,ours` */
  name: string
  /** as in tables */
  title: string
  /** what it stores, and where */
  description: string
  needs: { redis: boolean; postgres: boolean }
  /** whether others can follow a running answer */
  canFollow: boolean
  /** Installs and builds it, where that is still to be done. @param log gets a line for each step */
  prepare(log: (line: string) => void): Promise<void>
  /** @returns the versions that were installed, by package */
  versions(): Promise<Record<string, string>>
  /** Starts a production server. Several may run on the same stores. @returns once it answers */
  start(surroundings: Surroundings): Promise<RunningPeer>
}

/** What a server finds around it. */
export interface Surroundings {
  /** OpenAI-compatible, with its `/v1` */
  modelUrl: string
  redisUrl?: string
  /** of an empty database, or of the one that an earlier server of this peer has used */
  databaseUrl?: string
  /** for what it stores in files */
  dataDir: string
  /** the only core that its processes may use; undefined: any */
  core?: number
  /** in addition to its own */
  environment?: Record<string, string>
}

export interface RunningPeer {
  readonly url: string
  /** Processes whose CPU and memory are the peer's. */
  readonly pids: number[]
  /** Signs a user in, where the peer knows users. */
  newUser(): Promise<User>
  /** Asks a question in a chat, new or old. @returns once the response begins. @throws if it is refused */
  ask(chat: Chat, question: string): Promise<Reading>
  /** Follows the chat's running answer from its beginning; undefined: none runs. A peer without this cannot. */
  follow?(chat: Chat): Promise<Reading | undefined>
  /** Stops it as an operator would. */
  stop(): Promise<void>
  /** Kills it as a crash would. */
  kill(): Promise<void>
  /** what it has printed so far */
  output(): string
}

/** Whose requests are sent with these headers. */
export interface User {
  headers: Record<string, string>
}

export interface Chat {
  id: string
  user: User
}
