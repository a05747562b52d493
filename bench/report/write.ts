/** Writes docs/benchmarks.md, its charts and the README's figures: `npm run bench -- --write-only`, and after every measurement. */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { readFaultResults } from "../faults/results.ts"
import { allMeasurements } from "../measurements/all.ts"
import { reportOf } from "./document.ts"
import { withFigures } from "./readme.ts"
import type { Results } from "./results.ts"

const root = path.join(import.meta.dirname, "../..")
const docs = path.join(root, "docs")

export async function writeReport(results: Results): Promise<void> {
  const { markdown, charts } = await reportOf(allMeasurements, results)
  await writeFile(path.join(docs, "benchmarks.md"), markdown)
  const pictures = path.join(docs, "pictures/bench")
  await mkdir(pictures, { recursive: true })
  for (const [name, svg] of Object.entries(charts)) await writeFile(path.join(pictures, name), svg)
  const readme = path.join(root, "README.md")
  const measured = { measurements: allMeasurements, results, faults: await readFaultResults() }
  await writeFile(readme, withFigures(await readFile(readme, "utf8"), measured))
}
