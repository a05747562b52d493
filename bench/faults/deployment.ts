/** One product as it is deployed: a server that is used, where possible another one that stands by, and their stores. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { type OwnPostgres, startOwnPostgres } from "#tests/support/databases/own-postgres.ts"
import { startRedis, type TestRedis } from "#tests/support/relays/redis.ts"
import type { RunningPeer, User } from "../peers/peer.ts"
import type { Entrant } from "./entrants.ts"
import { type Line, openLine } from "./line.ts"

/** An orchestrator's usual patience before it kills a server that it has asked to end. */
const graceMs = 30_000
/** How long a store that died stays away. */
const storeAwayMs = 1_000

export class Deployment {
  readonly entrant: Entrant
  readonly #modelUrl: string
  #redis: TestRedis | undefined
  #postgres: OwnPostgres | undefined
  #dataDir = ""
  #used: RunningPeer | undefined
  #standby: RunningPeer | undefined

  constructor(entrant: Entrant, modelUrl: string) {
    this.entrant = entrant
    this.#modelUrl = modelUrl
  }

  async start(): Promise<void> {
    const { needs } = this.entrant.peer
    this.#dataDir = await mkdtemp(path.join(tmpdir(), "rejoin-faults-"))
    const [redis, postgres] = await Promise.all([
      needs.redis ? startRedis() : undefined,
      needs.postgres ? startOwnPostgres() : undefined,
    ])
    this.#redis = redis
    this.#postgres = postgres
    this.#used = await this.#startServer()
    await this.#replenish()
  }

  /** Opens a line that always leads to the server in use. */
  line(): Promise<Line> {
    return openLine(() => Number(new URL(this.#server.url).port))
  }

  newUser(): Promise<User> {
    return this.#server.newUser()
  }

  /** The server is killed; another one is used at once, or the same is started again. */
  async killServer(): Promise<void> {
    const dead = this.#server
    const killed = dead.kill()
    if (this.#standby) this.#used = this.#standby
    await killed
    if (this.#standby) this.#standby = undefined
    else this.#used = await this.#startServer()
  }

  /** The server is asked to end, as in a release; new connections go to another one, or wait for its successor. */
  async release(): Promise<void> {
    const old = this.#server
    if (this.#standby) this.#used = this.#standby
    const ended = old.stop().then(() => true)
    if (!(await Promise.race([ended, wait(graceMs, false)]))) await old.kill()
    if (this.#standby) this.#standby = undefined
    else this.#used = await this.#startServer()
  }

  /** The store of running answers is killed, and started again a second later, with what it keeps on its disk. */
  async restartStore(): Promise<void> {
    const store = this.entrant.store === "redis" ? this.#redis : this.#postgres
    await store?.stop()
    await wait(storeAwayMs)
    await store?.start()
  }

  /** Starts a server that stands by, where one is missing. */
  async replenish(): Promise<void> {
    await this.#replenish()
  }

  async stop(): Promise<void> {
    await Promise.all([this.#used?.kill(), this.#standby?.kill()])
    await Promise.all([this.#redis?.stop(), this.#postgres?.remove()])
    await rm(this.#dataDir, { recursive: true, force: true, maxRetries: 10 })
  }

  get #server(): RunningPeer {
    if (!this.#used) throw new Error(`${this.entrant.peer.name} has not been started`)
    return this.#used
  }

  async #replenish(): Promise<void> {
    if (this.entrant.hasStandby) this.#standby ??= await this.#startServer()
  }

  #startServer(): Promise<RunningPeer> {
    return this.entrant.peer.start({
      modelUrl: this.#modelUrl,
      ...(this.#redis && { redisUrl: this.#redis.url }),
      ...(this.#postgres && { databaseUrl: this.#postgres.url }),
      dataDir: this.#dataDir,
    })
  }
}
