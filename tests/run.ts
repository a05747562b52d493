/**
 * `npm test`: every test there is, in one go, or with `--only unit` (`faults`, `proxies`, `browser`) a part of it.
 * Leaves the results in `tests/results/` and ends with their count.
 */
import { spawnSync } from "node:child_process"
import { rmSync } from "node:fs"
import { parseArgs } from "node:util"

const parts = {
  unit: "unit and contract tests",
  faults: "fault tests",
  proxies: "tests behind proxies",
  browser: "browser tests",
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

function run(heading: string, script: string, ...rest: string[]): boolean {
  console.info(`\n── ${heading}`)
  return spawnSync("npm", ["run", "--silent", script, "--", ...rest], { stdio: "inherit" }).status === 0
}

rmSync("tests/results", { recursive: true, force: true })
const failed: string[] = []
let isBuilt = false
for (const part of wanted) {
  if (part !== "unit" && !isBuilt) {
    isBuilt = true
    if (!run("production build for the tests that follow", "build")) failed.push("production build")
  }
  if (!run(parts[part], `test:${part}`)) failed.push(parts[part])
}
for (const name of failed) console.error(`failed: ${name}`)
const isCounted = run("result", "test:count", ...wanted)
process.exit(failed.length === 0 && isCounted ? 0 : 1)
