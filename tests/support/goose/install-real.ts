/**
 * Finds the real Goose for `npm run test:goose`, and installs it where there is none: outside of the lock, since it has
 * 315 MB and only this run needs it. GOOSE_PROGRAM names one that is there already.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync } from "node:fs"
import path from "node:path"

const version = "1.50.0"
const folder = path.resolve("node_modules/.cache/goose", version)

export function setup(): void {
  if (process.env.GOOSE_PROGRAM) return
  if (!programIn(folder)) install()
  const program = programIn(folder)
  if (!program) throw new Error(`there is no Goose for this machine in @aaif/goose-acp ${version}`)
  process.env.GOOSE_PROGRAM = program
}

function install(): void {
  mkdirSync(folder, { recursive: true })
  const { status } = spawnSync("npm", ["install", "--no-save", "--prefix", folder, `@aaif/goose-acp@${version}`], {
    stdio: "inherit",
  })
  if (status !== 0) throw new Error(`@aaif/goose-acp ${version} could not be installed`)
}

/** The program itself, without the script that starts it: a signal must reach it. */
function programIn(place: string): string | undefined {
  const packages = path.join(place, "node_modules", "@aaif")
  const names = existsSync(packages) ? readdirSync(packages) : []
  return names
    .filter((name) => name.startsWith("goose-binary-"))
    .map((name) => path.join(packages, name, "bin", process.platform === "win32" ? "goose.exe" : "goose"))
    .find((program) => existsSync(program))
}
