/** Servers get the machine's last core; the provider, the readers and the stores get the others. */
import { spawnSync } from "node:child_process"
import { availableParallelism } from "node:os"

let isThere: boolean | undefined

/** Whether processes can be bound to a core here. */
export function hasTaskset(): boolean {
  isThere ??= spawnSync("taskset", ["-V"]).status === 0
  return isThere
}

/** Binds this process, and all that it will start, to every core but the last. @returns the last one */
export function leaveServersACore(): number | undefined {
  const cores = availableParallelism()
  if (cores < 2 || !hasTaskset()) return undefined
  spawnSync("taskset", ["-acp", `0-${cores - 2}`, String(process.pid)])
  return cores - 1
}
