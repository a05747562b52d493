/** Runs commands side by side. Each writes to a file of its own, which is printed whole when the command ends. */
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs"
import path from "node:path"
import { stripVTControlCharacters } from "node:util"
import { startGroup } from "./process-group.ts"

export interface Job {
  name: string
  /** printed above its output */
  heading: string
  command: readonly [program: string, ...rest: string[]]
  /** the job that must have succeeded before this one starts */
  after?: string
}

interface Options {
  /** how many jobs run at a time; with 1 they print as they go */
  atOnce: number
  /** where outputs are kept, as `<name>.log` */
  folder: string
  /** ends the running jobs, and starts no more */
  signal: AbortSignal
  /** how long interrupted jobs may tidy up (default: 10 s) */
  graceMs?: number
  print?: (text: string) => void
}

const progressEveryMs = 10_000

/**
 * Runs all jobs, started in the order given.
 * @returns those that did not succeed, which includes interrupted ones and those that never started
 */
export async function runSideBySide(jobs: readonly Job[], options: Options): Promise<Job[]> {
  const { atOnce, folder, signal, graceMs = 10_000, print = (text) => process.stdout.write(text) } = options
  mkdirSync(folder, { recursive: true })
  const startedAtMs = performance.now()
  const waiting = new Set(jobs)
  const running = new Map<Job, Promise<void>>()
  const succeeded = new Set<string>()
  const isLive = atOnce === 1
  const logOf = ({ name }: Job) => path.join(folder, `${name}.log`)
  const seconds = () => `${Math.round((performance.now() - startedAtMs) / 1000)} s`

  async function run(job: Job): Promise<void> {
    if (isLive) print(`\n── ${job.heading}\n`)
    const output = isLive ? "inherit" : openSync(logOf(job), "w")
    const group = startGroup(job.command, output)
    let interruption: Promise<void> | undefined
    const interrupt = () => {
      interruption = group.interrupt(graceMs)
    }
    signal.addEventListener("abort", interrupt)
    const isSuccess = (await group.exited) === 0
    signal.removeEventListener("abort", interrupt)
    await interruption
    if (isSuccess) succeeded.add(job.name)
    running.delete(job)
    if (output === "inherit") return
    closeSync(output)
    if (signal.aborted) return
    const outcome = isSuccess ? "passed" : "FAILED"
    print(`\n── ${job.heading}: ${outcome}, ${seconds()} from the start\n${readFileSync(logOf(job), "utf8")}`)
  }

  function printProgress(): void {
    const states = [...running.keys()].map((job) => `${job.name}: ${lastLineOf(logOf(job))}`)
    print(`   ${[seconds(), ...states].join(" · ")}\n`)
  }

  const progress = isLive ? undefined : setInterval(printProgress, progressEveryMs)
  for (;;) {
    const next = [...waiting].find(({ after }) => after === undefined || succeeded.has(after))
    if (next && running.size < atOnce && !signal.aborted) {
      waiting.delete(next)
      running.set(next, run(next))
    } else if (running.size > 0) await Promise.race(running.values())
    else break
  }
  clearInterval(progress)
  return jobs.filter(({ name }) => !succeeded.has(name))
}

/** What a job printed last, short enough to share a line. */
function lastLineOf(log: string): string {
  const lines = stripVTControlCharacters(readFileSync(log, "utf8")).trimEnd().split("\n")
  return (lines.at(-1) ?? "").trim().slice(0, 80)
}
