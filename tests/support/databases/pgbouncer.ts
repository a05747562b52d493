import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { findOrInstall } from "../debian.ts"
import { killAtExit } from "../kill-at-exit.ts"
import { connectOnceUp, freePort } from "./postgres.ts"

export interface TestPgBouncer {
  /** the same database, by way of the pooler */
  url: string
  stop(): Promise<void>
}

/** Starts a real PgBouncer in front of a database. @param settings additional lines of its `[pgbouncer]` section */
export async function startPgBouncer(databaseUrl: string, settings: Record<string, string>): Promise<TestPgBouncer> {
  const program = findOrInstall("pgbouncer", "pgbouncer", ["/usr/sbin/pgbouncer"])
  const target = new URL(databaseUrl)
  const name = target.pathname.slice(1)
  const folder = mkdtempSync(path.join(tmpdir(), "pgbouncer-"))
  const port = await freePort()
  const lines = {
    listen_addr: "127.0.0.1",
    listen_port: String(port),
    unix_socket_dir: "",
    auth_type: "any",
    max_client_conn: "200",
    ...settings,
  }
  const file = path.join(folder, "pgbouncer.ini")
  const databases = `[databases]\n${name} = host=${target.hostname} port=${target.port} dbname=${name} user=${target.username}\n`
  const section = Object.entries(lines).map(([key, value]) => `${key} = ${value}`)
  writeFileSync(file, `${databases}\n[pgbouncer]\n${section.join("\n")}\n`)
  const owner = unprivileged()
  if (owner) for (const owned of [folder, file]) chownSync(owned, owner.uid, owner.gid)
  const server = spawn(program, [file], { stdio: "ignore", ...owner })
  killAtExit(server)
  const url = Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${port}` }).href
  await (await connectOnceUp(url)).end()
  return {
    url,
    async stop() {
      const exited = once(server, "exit")
      server.kill("SIGKILL")
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** It refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }))
  return { uid: idOf("-u"), gid: idOf("-g") }
}
