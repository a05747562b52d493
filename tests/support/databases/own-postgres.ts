/** A real Postgres of a test's own, which it may stop, restart and freeze. */
import type { ChildProcess } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { rmSync } from "node:fs"
import type { Client } from "pg"
import { killAtExit } from "../kill-at-exit.ts"
import { connectOnceUp, newCluster } from "./postgres.ts"

export interface OwnPostgres {
  readonly url: string
  /** Kills it at once, as a crash does; acknowledged writes are kept. */
  stop(): Promise<void>
  /** Starts it again with its data at the same address. @returns once it answers */
  start(): Promise<void>
  /** Freezes it: it keeps its connections and answers nothing. */
  freeze(): Promise<void>
  thaw(): void
  /** Opens another session, which the caller ends. */
  connect(): Promise<Client>
  /** Makes an empty database in it. */
  createDatabase(): Promise<{ url: string }>
  /** Stops it for good. */
  remove(): Promise<void>
}

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const { url, folder, initialised, start: spawnServer } = await newCluster()
  const [exitCode] = await once(initialised, "exit")
  if (exitCode !== 0) throw new Error(`initdb ended with ${exitCode}`)
  let server: ChildProcess | undefined
  let frozen: number[] = []

  async function connect(): Promise<Client> {
    const client = await connectOnceUp(url)
    client.on("error", () => undefined) // the server goes away under it: its next query says so
    return client
  }

  async function start(): Promise<void> {
    if (server) return
    // Acknowledged writes must survive a crash, as the tests check it.
    server = spawnServer({ synchronous_commit: "on" })
    killAtExit(server, "SIGQUIT")
    await (await connect()).end()
  }

  async function stop(): Promise<void> {
    const stopping = server
    server = undefined
    if (!stopping || stopping.exitCode !== null) return
    thaw()
    const exited = once(stopping, "exit")
    stopping.kill("SIGQUIT")
    await exited
  }

  async function freeze(): Promise<void> {
    const client = await connect()
    const { rows } = await client.query<{ pid: number }>(
      "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
    )
    const pids = [server?.pid, ...rows.map(({ pid }) => pid)].filter((pid) => pid !== undefined)
    frozen = pids.filter((pid) => isSent(pid, "SIGSTOP"))
    await client.end()
  }

  function thaw(): void {
    for (const pid of frozen) isSent(pid, "SIGCONT")
    frozen = []
  }

  await start()
  return {
    url,
    stop,
    start,
    freeze,
    thaw,
    connect,
    async createDatabase() {
      const client = await connect()
      const name = `own_${randomUUID().replaceAll("-", "")}`
      await client.query(`create database ${name}`)
      await client.end()
      return { url: new URL(name, url).href }
    },
    async remove() {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** @returns false if the process has ended meanwhile, as clients close unused connections */
function isSent(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false
    throw error
  }
}
