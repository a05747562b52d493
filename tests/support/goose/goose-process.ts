import { type ChildProcess, spawn } from "node:child_process"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { freePort } from "../databases/postgres.ts"
import { endChild, killAtExit } from "../kill-at-exit.ts"

/** The fake of this folder, or Goose itself. */
export type GooseKind = "fake" | "real"

/** The command line that every kind of Goose takes its subcommand after. */
export function gooseCommand(kind: GooseKind): [string, ...string[]] {
  if (kind === "fake") return [process.execPath, path.join(import.meta.dirname, "fake-goose.ts")]
  const program = process.env.GOOSE_PROGRAM
  if (!program) throw new Error("GOOSE_PROGRAM must name the real Goose: `npm run test:goose` sets it")
  return [program]
}

export interface RunningGoose {
  url: string
  pid: number
  /** Ends it with this signal and resolves once it is gone. */
  end(signal: NodeJS.Signals): Promise<void>
}

const startMs = 60_000

/**
 * Starts `goose serve` and waits until it is ready.
 * @param givenPort default: a free one
 */
export async function serve(
  kind: GooseKind,
  environment: Record<string, string>,
  givenPort?: number,
): Promise<RunningGoose> {
  // It prints no port that it chose, so one is chosen for it.
  const port = givenPort ?? (await freePort())
  const [program, ...rest] = gooseCommand(kind)
  const child = spawn(program, [...rest, "serve", "--host", "127.0.0.1", "--port", String(port)], {
    env: { PATH: process.env.PATH, NODE_ENV: "test", ...environment },
    stdio: ["ignore", "ignore", "pipe"],
  })
  let printed = ""
  child.stderr.on("data", (bytes) => {
    printed += bytes
  })
  killAtExit(child)
  const url = `http://127.0.0.1:${port}`
  await ready(child, url, () => printed)
  return { url, pid: child.pid ?? 0, end: (signal) => endChild(child, signal) }
}

async function ready(child: ChildProcess, url: string, printed: () => string): Promise<void> {
  const deadline = AbortSignal.timeout(startMs)
  while (
    !(await fetch(`${url}/status`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error(`goose ended with ${child.exitCode}:\n${printed()}`)
    deadline.throwIfAborted()
    await sleep(20)
  }
}
