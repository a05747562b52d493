/** Writes docs/benchmarks.md and its charts: `npm run bench -- --write-only`, and after every measurement. */
import { mkdir, writeFile } from "node:fs/promises"
import path from "node:path"
import { allMeasurements } from "../measurements/all.ts"
import { reportOf } from "./document.ts"
import type { Results } from "./results.ts"

const docs = path.join(import.meta.dirname, "../../docs")

export async function writeReport(results: Results): Promise<void> {
  const { markdown, charts } = await reportOf(allMeasurements, results)
  await writeFile(path.join(docs, "benchmarks.md"), markdown)
  const pictures = path.join(docs, "pictures/bench")
  await mkdir(pictures, { recursive: true })
  for (const [name, svg] of Object.entries(charts)) await writeFile(path.join(pictures, name), svg)
}
