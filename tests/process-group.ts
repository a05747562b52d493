import { spawn } from "node:child_process"
import { once } from "node:events"
import { setTimeout as wait } from "node:timers/promises"

/** A command and whatever it starts, which can be ended together. */
export interface ProcessGroup {
  /** the command's exit code; null if a signal ended it or it could not be started */
  exited: Promise<number | null>
  /** Interrupts all of them, as Ctrl-C does, and kills those that are left after `graceMs`. */
  interrupt(graceMs: number): Promise<void>
}

/** @param output where it writes: a file descriptor, or what this process writes to */
export function startGroup(
  command: readonly [program: string, ...rest: string[]],
  output: number | "inherit",
): ProcessGroup {
  const [program, ...rest] = command
  const child = spawn(program, rest, { stdio: ["ignore", output, output], detached: true })

  /** @returns false if none of them is left */
  function signalAll(signal: NodeJS.Signals | 0): boolean {
    try {
      return child.pid !== undefined && process.kill(-child.pid, signal)
    } catch {
      return false
    }
  }

  return {
    exited: once(child, "exit").then(
      ([exitCode]) => exitCode,
      () => null,
    ),
    async interrupt(graceMs) {
      signalAll("SIGINT")
      const lastMs = performance.now() + graceMs
      while (signalAll(0) && performance.now() < lastMs) await wait(20)
      signalAll("SIGKILL")
    },
  }
}
