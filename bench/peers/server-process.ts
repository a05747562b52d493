/** A peer's server: one program on a core of its own. */
import { type ChildProcess, spawn } from "node:child_process"
import { setTimeout as wait } from "node:timers/promises"
import { endChild, killAtExit } from "#tests/support/kill-at-exit.ts"
import { hasTaskset } from "../cores.ts"

export interface Program {
  cwd: string
  /** Node's own arguments, beginning with the file */
  parameters: string[]
  environment: Record<string, string>
  core: number | undefined
}

export interface ServerProcess {
  pid: number
  output(): string
  stop(): Promise<void>
  kill(): Promise<void>
}

const startMs = 300_000

/**
 * Starts a program and waits for its address.
 * @param isReady is asked again and again with what it printed so far
 */
export async function startProgram(
  { cwd, parameters, environment, core }: Program,
  isReady: (printed: string) => boolean | Promise<boolean>,
): Promise<ServerProcess> {
  const node = [process.execPath, ...parameters]
  const [program = "", ...rest] = core !== undefined && hasTaskset() ? ["taskset", "-c", String(core), ...node] : node
  const child = spawn(program, rest, {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: "production", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  })
  killAtExit(child)
  let printed = ""
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed = (printed + text).slice(-100_000)
    })
  await untilReady(child, () => printed, isReady)
  return {
    pid: child.pid ?? 0, // it runs: it has one
    output: () => printed,
    stop: () => endChild(child, "SIGTERM"),
    kill: () => endChild(child, "SIGKILL"),
  }
}

/** Whether something at this address answers, whatever it says. */
export async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    async (response) => {
      await response.arrayBuffer()
      return response.status < 500
    },
    () => false,
  )
}

async function untilReady(
  child: ChildProcess,
  printed: () => string,
  isReady: (printed: string) => boolean | Promise<boolean>,
): Promise<void> {
  const lastTryMs = performance.now() + startMs
  while (!(await isReady(printed()))) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`a server ended with ${child.exitCode ?? child.signalCode}:\n${printed()}`)
    if (performance.now() > lastTryMs) {
      child.kill("SIGKILL")
      throw new Error(`a server did not start in time:\n${printed()}`)
    }
    await wait(20)
  }
}
