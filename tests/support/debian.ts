import { execFileSync } from "node:child_process"
import { existsSync, globSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"

const aptLock = path.join(tmpdir(), "rejoin-apt-get.lock")

/**
 * Finds a program that tests need, or installs its Debian package where we are root.
 * @param places globs of usual places outside PATH; of several hits the last in order wins
 * @returns the program's absolute path
 * @throws with one sentence that names the package to install
 */
export function findOrInstall(program: string, debianPackage: string, places: string[] = []): string {
  const found = findProgram(program, places)
  if (found) return found
  const mayInstall = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")
  if (mayInstall) install(debianPackage)
  const installed = findProgram(program, places)
  if (installed) return installed
  throw new Error(
    `The tests need ${program}, which is not here: install it (on Debian: apt-get install ${debianPackage}) and run them again.`,
  )
}

/** @returns the program's absolute path, undefined if it is missing */
export function findProgram(program: string, places: string[] = []): string | undefined {
  const onPath = (process.env["PATH"] ?? "").split(path.delimiter).map((folder) => path.join(folder, program))
  return onPath.find((file) => existsSync(file)) ?? globSync(places).sort().at(-1)
}

function install(debianPackage: string): void {
  console.info(`installing ${debianPackage} for the tests …`)
  const options = {
    stdio: ["ignore", "ignore", "inherit"] as ["ignore", "ignore", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  }
  // Another process may install something now: apt-get would fail instead of waiting for it.
  const aptGet = (...rest: string[]) => execFileSync("flock", [aptLock, "apt-get", "-qq", ...rest], options)
  aptGet("update")
  aptGet("install", "-y", "--no-install-recommends", debianPackage)
}
