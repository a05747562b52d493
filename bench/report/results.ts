/** What was measured, kept in bench/results.json: each measurement by itself, as it was last run. */
import { execFileSync } from "node:child_process"
import { readFile, writeFile } from "node:fs/promises"
import { availableParallelism, cpus, release, totalmem } from "node:os"
import path from "node:path"
import { z } from "zod"

const resultsFile = path.join(import.meta.dirname, "../results.json")

const resultSchema = z.object({
  /** day of the run, UTC */
  measuredOn: z.string(),
  /** of Rejoin; with `+` if files were changed since */
  commit: z.string(),
  command: z.string(),
  machine: z.string(),
  rounds: z.number(),
  peers: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      description: z.string(),
      versions: z.record(z.string(), z.string()),
    }),
  ),
  /** a figure's rounds, by figure and peer */
  figures: z.record(z.string(), z.record(z.string(), z.array(z.number()))),
})
const resultsSchema = z.record(z.string(), resultSchema)

export type Result = z.infer<typeof resultSchema>
export type Results = z.infer<typeof resultsSchema>

export async function readResults(): Promise<Results> {
  return resultsSchema.parse(JSON.parse(await readFile(resultsFile, "utf8")))
}

export async function writeResults(results: Results): Promise<void> {
  await writeFile(resultsFile, `${JSON.stringify(results, undefined, 2)}\n`)
}

export function commitNow(): string {
  const git = (...words: string[]) => execFileSync("git", words, { encoding: "utf8" }).trim()
  const isChanged = git("status", "--porcelain", "--untracked-files=no", "--", ":!bench/results.json", ":!docs") !== ""
  return git("rev-parse", "--short=10", "HEAD") + (isChanged ? "+" : "")
}

/** @param serverCore as the servers had it */
export function machineNow(serverCore: number | undefined): string {
  const parts = [
    cpus()[0]?.model.trim() ?? "unknown CPU",
    `${availableParallelism()} cores (${serverCore === undefined ? "shared by all" : "one for the server"})`,
    `${Math.round(totalmem() / 2 ** 30)} GB`,
    `${process.platform} ${release()}`,
    `Node ${process.versions.node}`,
  ]
  return parts.join(", ")
}
