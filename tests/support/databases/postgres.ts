/**
 * One real Postgres for a run of the tests; each test file has databases of its own in it.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { chownSync, mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import { Client } from "pg"
import { inject } from "vitest"
import { findOrInstall } from "../debian.ts"

/** The connection data of a run's Postgres, or a sentence that says why there is none. */
export type ProvidedPostgres = { url: string } | { missing: string }

declare module "vitest" {
  interface ProvidedContext {
    postgres: ProvidedPostgres
  }
}

export interface PostgresCluster {
  /** of its database `postgres` */
  url: string
  stop(): Promise<void>
}

/** Returns before the server answers: a run that needs no Postgres does not wait for it. */
export async function startPostgres(): Promise<PostgresCluster> {
  const { url, initialised, start, folder } = await newCluster()
  let running: ChildProcess | undefined
  initialised.once("exit", (code) => {
    if (code === 0) running = start()
  })
  return {
    url,
    async stop() {
      if (initialised.exitCode === null) await once(initialised, "exit")
      if (running?.exitCode === null) {
        running.kill("SIGQUIT")
        await once(running, "exit")
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface NewCluster {
  /** of its database `postgres` */
  url: string
  folder: string
  /** makes the cluster; the server can be started once it has exited with 0 */
  initialised: ChildProcess
  /** @param settings in addition to those that make tests fast */
  start(settings?: Record<string, string>): ChildProcess
}

/** @returns while its files are still being made */
export async function newCluster(): Promise<NewCluster> {
  const places = "/usr/lib/postgresql/*/bin"
  const server = findOrInstall("postgres", "postgresql", [`${places}/postgres`])
  const initdb = findOrInstall("initdb", "postgresql", [`${places}/initdb`])
  const owner = unprivilegedOwner()
  const folder = mkdtempSync(path.join(tmpdir(), "postgres-"))
  if (owner) chownSync(folder, owner.uid, owner.gid)
  const port = await freePort()
  const options = { ...owner, cwd: folder, stdio: "ignore" as const }
  const data = path.join(folder, "data")
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    folder,
    initialised: spawn(
      initdb,
      ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
      options,
    ),
    start: (settings = {}) => spawn(server, ["-D", data, ...serverSettings(port, folder, settings)], options),
  }
}

export interface TestPostgres {
  url: string
  drop(): Promise<void>
}

/**
 * A new database; `drop` also ends connections that are still open.
 * @param template the database to copy; default: an empty one
 */
export async function createTestDatabase(template = "template1"): Promise<TestPostgres> {
  const provided = inject("postgres")
  if ("missing" in provided) throw new Error(provided.missing)
  const name = `test_${randomUUID().replaceAll("-", "")}`
  await administer(provided.url, `create database ${name} template ${template}`)
  return {
    url: new URL(name, provided.url).href,
    drop: () => administer(provided.url, `drop database ${name} with (force)`),
  }
}

export async function administer(url: string, statement: string): Promise<void> {
  const client = await connectOnceUp(url)
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

export async function connectOnceUp(url: string): Promise<Client> {
  const lastTry = Date.now() + 30_000
  for (;;) {
    const client = new Client({ connectionString: url })
    try {
      await client.connect()
      return client
    } catch (error) {
      if (Date.now() > lastTry) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/** Postgres refuses to run as root. */
function unprivilegedOwner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }))
  return { uid: idOf("-u"), gid: idOf("-g") }
}

function serverSettings(port: number, folder: string, further: Record<string, string>): string[] {
  const settings = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: folder,
    max_connections: 200,
    // Transactions that wait for each other are found at once, not after a second.
    deadlock_timeout: "50ms",
    fsync: "off",
    synchronous_commit: "off",
    full_page_writes: "off",
    ...further,
  }
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
}

/**
 * Below those that systems give to connections that go out: none of them takes the port before its server does. Nor does
 * another process of a test run: each chooses among its own, since servers take a moment to listen.
 */
const ports = { from: 10_000 + 110 * (process.pid % 200), count: 110 }
let chosen = Math.floor(Math.random() * ports.count)

/** @returns a port nothing listens on, on 127.0.0.1 */
export async function freePort(): Promise<number> {
  for (;;) {
    chosen = (chosen + 1) % ports.count
    const port = ports.from + chosen
    const server = createServer().listen(port, "127.0.0.1")
    try {
      await once(server, "listening")
    } catch {
      continue // somebody listens there
    }
    server.close()
    await once(server, "close")
    return port
  }
}
