/**
 * `npm test`: every test there is, in one go, or with `--only unit` (`faults`, `proxies`, `browser`) a part of it.
 * Leaves outputs and results in `tests/results/` and ends with their count.
 */
import { spawnSync } from "node:child_process"
import { rmSync } from "node:fs"
import { parseArgs } from "node:util"
import { type Job, runSideBySide } from "./side-by-side.ts"

/**
 * In the order in which they start, all but the first after a production build. Unit and fault tests mostly wait, and
 * leave the cores to the build and to one another; browsers need a core and a half.
 */
const parts = {
  unit: "unit and contract tests",
  faults: "fault tests",
  browser: "browser tests",
  proxies: "tests behind proxies",
}
type Part = keyof typeof parts

const { values } = parseArgs({ options: { only: { type: "string", multiple: true } } })
const all = Object.keys(parts) as Part[] // as they are written above
const unknown = values.only?.filter((name) => !all.some((part) => part === name)) ?? []
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(", ")}: it is one of ${all.join(", ")}.`)
  process.exit(2)
}
const wanted = all.filter((part) => values.only?.includes(part) ?? true)

const npmRun = (...rest: string[]): Job["command"] => ["npm", "run", "--silent", ...rest]
const build: Job = { name: "build", heading: "production build for the other tests", command: npmRun("build") }
const jobs = wanted.map(
  (part): Job => ({
    name: part,
    heading: parts[part],
    command: npmRun(`test:${part}`),
    ...(part !== "unit" && { after: build.name }),
  }),
)
if (jobs.some(({ after }) => after)) jobs.unshift(build)

const interruption = new AbortController()
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => interruption.abort())

rmSync("tests/results", { recursive: true, force: true })
const failed = await runSideBySide(jobs, {
  // One part alone is watched as it runs. A machine that checks changes is shared, and nobody waits before it.
  atOnce: wanted.length === 1 || process.env.CI ? 1 : 2,
  folder: "tests/results",
  signal: interruption.signal,
})
if (interruption.signal.aborted) process.exit(1)
console.info("\n── result")
for (const { heading } of failed) console.error(`failed: ${heading}`)
const isCounted =
  spawnSync("npm", ["run", "--silent", "test:count", "--", ...wanted], { stdio: "inherit" }).status === 0
process.exitCode = failed.length === 0 && isCounted ? 0 : 1
