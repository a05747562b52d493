/** Where one peer is measured: its servers, with stores of their own, and its users. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { connectOnceUp, type PostgresCluster, startPostgres } from "#tests/support/databases/postgres.ts"
import { startRedis, type TestRedis } from "#tests/support/relays/redis.ts"
import type { Peer, RunningPeer, User } from "./peers/peer.ts"
import type { Provider } from "./provider.ts"
import { questionFor } from "./provider.ts"
import { cpuSecondsOf } from "./server-cost.ts"

/** What a peer's servers share. */
export interface Stores {
  redis: TestRedis | undefined
  postgres: PostgresCluster | undefined
  dataDir: string
}

/** What lies between a server and its stores, or in its environment. */
interface Variation {
  redisUrl?: string
  databaseUrl?: string
  environment?: Record<string, string>
}

export class Stage {
  readonly peer: Peer
  readonly provider: Provider
  readonly #core: number | undefined
  readonly #closing: (() => Promise<unknown>)[] = []

  constructor(peer: Peer, provider: Provider, core: number | undefined) {
    this.peer = peer
    this.provider = provider
    this.#core = core
  }

  /** Starts the stores that the peer needs, all empty. */
  async openStores(): Promise<Stores> {
    const { needs } = this.peer
    const [redis, postgres] = await Promise.all([
      needs.redis ? startRedis() : undefined,
      needs.postgres ? startPostgres() : undefined,
    ])
    const dataDir = await mkdtemp(path.join(tmpdir(), "rejoin-bench-"))
    if (postgres) await (await connectOnceUp(postgres.url)).end()
    this.#closing.push(async () => {
      await Promise.all([redis?.stop(), postgres?.stop()])
      await rm(dataDir, { recursive: true, force: true, maxRetries: 10 })
    })
    return { redis, postgres, dataDir }
  }

  async start({ redis, postgres, dataDir }: Stores, variation: Variation = {}): Promise<RunningPeer> {
    const server = await this.peer.start({
      modelUrl: this.provider.url,
      ...(redis && { redisUrl: redis.url }),
      ...(postgres && { databaseUrl: postgres.url }),
      dataDir,
      ...(this.#core !== undefined && { core: this.#core }),
      ...variation,
    })
    this.#closing.unshift(() => server.stop())
    return server
  }

  /** Starts the peer, and lets it answer until its code is compiled and its caches are full. */
  async startWarm(): Promise<{ server: RunningPeer; stores: Stores }> {
    const stores = await this.openStores()
    const server = await this.start(stores)
    await warmUp(server)
    return { server, stores }
  }

  /** Closes at the end of the measurement, the last one first. */
  closeLater(close: () => Promise<unknown>): void {
    this.#closing.unshift(close)
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0)) await close()
  }
}

async function warmUp(server: RunningPeer): Promise<void> {
  const users = await newUsers(server, 10)
  const answerAll = async (tokens: number) => {
    const answers = users.map(async (user) => {
      const reading = await server.ask({ id: crypto.randomUUID(), user }, questionFor({ tokens, tokensPerSecond: 200 }))
      await reading.ended
      if (reading.ending !== "finished") throw new Error(`an answer ended ${reading.ending}:\n${server.output()}`)
    })
    await Promise.all(answers)
  }
  for (let turn = 0; turn < 10; turn++) await answerAll(1)
  await answerAll(400)
}

export async function newUsers(server: RunningPeer, count: number): Promise<User[]> {
  const users: User[] = []
  while (users.length < count) users.push(await server.newUser())
  return users
}

/** CPU of the peer's processes so far, user and system. */
export function cpuSeconds(server: RunningPeer): number {
  return cpuSecondsOf(server.pids.map((pid) => ({ pid })))
}
