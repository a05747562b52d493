/** Installs a peer's project from npm, outside the lock of this repository, and builds it for production. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { cp, glob, mkdir, readFile, rm, writeFile } from "node:fs/promises"
import path from "node:path"

const installedFolder = path.join(import.meta.dirname, "../.peers")

export interface Project {
  /** the peer's name */
  name: string
  /** with its package.json, whose versions are exact */
  folder: string
  /** a program of its packages and what follows it, such as `next build` */
  build?: string[]
}

/** Copies, installs and builds it, unless just this was done before. @returns where it is */
export async function installProject(project: Project, log: (line: string) => void): Promise<string> {
  const target = installedAt(project.name)
  const stamp = path.join(target, "built.txt")
  const packages = await readFile(path.join(project.folder, "package.json"), "utf8")
  const sources = await sourcesOf(project.folder)
  const built = await readFile(stamp, "utf8").catch(() => "")
  if (built === packages + sources) return target
  if (!built.startsWith(packages)) {
    log(`${project.name}: npm install`)
    await rm(target, { recursive: true, force: true })
    await mkdir(target, { recursive: true })
    await cp(project.folder, target, { recursive: true })
    await run("npm", ["install", "--no-package-lock", "--no-audit", "--no-fund", "--prefer-offline"], target)
    await writeFile(stamp, packages) // a build that fails is not a reason to install again
  }
  await cp(project.folder, target, { recursive: true })
  const [program, ...parameters] = project.build ?? []
  if (program) {
    log(`${project.name}: ${project.build?.join(" ")}`)
    await run(path.join(target, "node_modules/.bin", program), parameters, target)
  }
  await writeFile(stamp, packages + sources)
  return target
}

export function installedAt(name: string): string {
  return path.join(installedFolder, name)
}

/** @returns what is installed of these packages */
export async function installedVersions(name: string, packages: string[]): Promise<Record<string, string>> {
  const versions = packages.map(async (each): Promise<[string, string]> => {
    const file = path.join(installedAt(name), "node_modules", each, "package.json")
    return [each, JSON.parse(await readFile(file, "utf8")).version]
  })
  return Object.fromEntries(await Promise.all(versions))
}

async function sourcesOf(folder: string): Promise<string> {
  const files: string[] = []
  for await (const file of glob("**/*.{ts,tsx,js,sql,json}", { cwd: folder })) files.push(file)
  return (await Promise.all(files.sort().map((file) => readFile(path.join(folder, file), "utf8")))).join("\n")
}

async function run(program: string, parameters: string[], cwd: string): Promise<void> {
  const child = spawn(program, parameters, { cwd, stdio: ["ignore", "pipe", "pipe"] })
  let printed = ""
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text
    })
  const [code] = await once(child, "close")
  if (code !== 0) throw new Error(`${program} ${parameters.join(" ")} ended with ${code} in ${cwd}:\n${printed}`)
}
