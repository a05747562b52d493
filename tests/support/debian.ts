import { execFileSync } from "node:child_process"
import { existsSync, globSync } from "node:fs"
import path from "node:path"

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

/** @returns the program's absolute path, undefined where it is missing */
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
  execFileSync("apt-get", ["update", "-qq"], options)
  execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", debianPackage], options)
}
