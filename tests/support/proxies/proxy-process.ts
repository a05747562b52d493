import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { freePort } from "../databases/postgres.ts"
import { findProgram } from "../debian.ts"
import { documentedConfiguration } from "./documented.ts"
import { type Place, type ProxyProgram, places } from "./programs.ts"

export interface ProxyProcess extends AsyncDisposable {
  readonly name: string
  readonly url: string
}

export interface ProxyOptions {
  serverPort: number
  /** replaces the document's; `{port}` and `{serverPort}` stand for the addresses */
  configuration?: string
  idleSeconds?: number
}

/** @returns its path; undefined if it is missing */
export function findProxy({ program }: ProxyProgram): string | undefined {
  return findProgram(program, places(program))
}

/** Starts a proxy as `docs/how/deployment.md` has it, on a free port of 127.0.0.1. Resolves once it listens. */
export async function startProxy(kind: ProxyProgram, options: ProxyOptions): Promise<ProxyProcess> {
  const { serverPort, configuration, idleSeconds } = options
  const program = findProxy(kind)
  if (program === undefined) throw new Error(`${kind.program} is not installed`)
  const folder = await mkdtemp(path.join(tmpdir(), "rejoin-proxy-"))
  await chmod(folder, 0o777) // some become another user
  const port = await freePort()
  const place: Place = { folder, file: path.join(folder, "configuration"), port, serverPort, idleSeconds }
  const asked = configuration?.replaceAll("{port}", String(port)).replaceAll("{serverPort}", String(serverPort))
  await writeFile(place.file, kind.file(asked ?? documentedConfiguration(kind.name, place), place))

  const child = spawn(program, kind.command(place), {
    cwd: folder,
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    // A process group of its own ends its children with it, even if this run breaks off.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  })
  let printed = ""
  for (const output of [child.stdout, child.stderr])
    output.on("data", (bytes: Buffer) => {
      printed += bytes
    })
  const kill = () => endGroup(child)
  process.once("exit", kill)
  await listening(port, child, () => printed)
  return {
    name: kind.name,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      process.off("exit", kill)
      const exited = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined
      child.kill("SIGTERM")
      await Promise.race([exited, wait(3_000, undefined, { ref: false })])
      kill()
      await exited
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, "SIGKILL")
  } catch {
    // It has ended, with all its children.
  }
}

async function listening(port: number, child: ChildProcess, printed: () => string): Promise<void> {
  for (const deadline = Date.now() + 60_000; !(await accepts(port)); await wait(20)) {
    if (child.exitCode === null && child.signalCode === null && Date.now() < deadline) continue
    endGroup(child)
    throw new Error(`${child.spawnfile} did not start:\n${printed()}`)
  }
}

function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1")
  return new Promise((resolve) => {
    socket.on("connect", () => resolve(true))
    socket.on("error", () => resolve(false))
  }).finally(() => socket.destroy()) as Promise<boolean> // as resolved above
}
