import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { endChild, killAtExit } from "../kill-at-exit.ts"

export interface AppProcess {
  url: string
  pid: number
  /** its output so far */
  output(): string
  /** @returns the exit code; null if a signal ended it */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export interface AppOptions {
  environment?: Record<string, string>
  /** kept where given, so that a server can be started again on it; else new and removed with the process */
  dataDir?: string
}

const startMs = 100_000

/** Starts the production server, as `npm start` does, on a free port of 127.0.0.1. `next build` has been run before. */
export async function startApp(options: AppOptions = {}): Promise<AppProcess> {
  const dataDir = options.dataDir ?? (await mkdtemp(path.join(tmpdir(), "rejoin-app-")))
  const child = spawn(process.execPath, ["server.ts"], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: "production",
      // Uses the server's own compile cache from its first file on, so that later starts reuse the first one's work.
      NODE_COMPILE_CACHE: ".next/compile-cache",
      PORT: "0",
      HOST: "127.0.0.1",
      DATA_DIR: dataDir,
      RATE_LIMIT_PER_MINUTE: "0",
      ...options.environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let printed = ""
  child.stdout.on("data", (bytes) => {
    printed += bytes
  })
  child.stderr.on("data", (bytes) => {
    printed += bytes
  })
  killAtExit(child)
  const url = await readyUrl(child, () => printed)
  return {
    url,
    pid: child.pid ?? 0, // it runs: it has one
    output: () => printed,
    async stop(signal = "SIGTERM") {
      await endChild(child, signal)
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true, maxRetries: 10 })
      return child.exitCode
    },
  }
}

async function readyUrl(child: ChildProcess, printed: () => string): Promise<string> {
  const deadline = AbortSignal.timeout(startMs)
  const exited = once(child, "exit", { signal: deadline })
  for (;;) {
    const ready = /Rejoin is ready: (\S+)/.exec(printed())
    if (ready?.[1]) {
      exited.catch(() => undefined) // only of use while it was starting
      return ready[1]
    }
    const said = child.stdout ? once(child.stdout, "data", { signal: deadline }) : exited
    await Promise.race([said, exited]).catch(() => {
      child.kill("SIGKILL")
      throw new Error(`the server did not start in time:\n${printed()}`)
    })
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${printed()}`)
  }
}
