import type { ChildProcess } from "node:child_process"
import { once } from "node:events"

const running = new Map<ChildProcess, NodeJS.Signals>()

/** Sends a child this signal if the run breaks off before its tests tidy up, so that no server is left behind. */
export function killAtExit(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): void {
  if (running.size === 0) process.on("exit", killAll)
  running.set(child, signal)
  child.once("exit", () => {
    running.delete(child)
    // Each test file may load this module anew, and none leaves its listener to the next.
    if (running.size === 0) process.off("exit", killAll)
  })
}

/** Ends a child with this signal. @returns once it is gone, which it may be already */
export async function endChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, "exit")
  child.kill(signal)
  await exited
}

function killAll(): void {
  for (const [child, signal] of running) child.kill(signal)
}
