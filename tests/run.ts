/** `npm test`: every test there is, in one go. Leaves the results in `tests/results/` and ends with their count. */
import { spawnSync } from "node:child_process"
import { rmSync } from "node:fs"

const steps: [name: string, script: string][] = [
  ["unit and contract tests", "test:unit"],
  ["production build for the tests that follow", "build"],
  ["fault tests", "test:faults"],
  ["tests behind proxies", "test:proxies"],
  ["browser tests", "test:browser"],
]

rmSync("tests/results", { recursive: true, force: true })
const failed = steps.filter(([name, script]) => {
  console.info(`\n── ${name}`)
  return spawnSync("npm", ["run", "--silent", script], { stdio: "inherit" }).status !== 0
})
for (const [name] of failed) console.error(`failed: ${name}`)
const counted = spawnSync("npm", ["run", "--silent", "test:count"], { stdio: "inherit" })
process.exit(failed.length === 0 ? counted.status : 1)
