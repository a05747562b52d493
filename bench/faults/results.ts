/** What a run keeps in bench/faults.json, from which the first section of docs/benchmarks.md is made. */
import { readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { z } from "zod"

const resultsFile = path.join(import.meta.dirname, "../faults.json")

const outcomeSchema = z.object({
  fault: z.string(),
  peer: z.string(),
  round: z.number(),
  lost: z.number(),
  lostForGood: z.number(),
  twice: z.number(),
  changed: z.number(),
  boughtTwice: z.number(),
  silenceMs: z.number(),
  isHung: z.boolean(),
  problem: z.string().optional(),
})

const resultsSchema = z.object({
  measuredOn: z.string(),
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
      setup: z.object({ commands: z.array(z.string()), services: z.array(z.string()) }),
    }),
  ),
  faults: z.array(z.object({ name: z.string(), title: z.string() })),
  outcomes: z.array(outcomeSchema),
})

export type RecordedOutcome = z.infer<typeof outcomeSchema>
export type FaultResults = z.infer<typeof resultsSchema>

/** @returns undefined: no run has been kept yet */
export async function readFaultResults(): Promise<FaultResults | undefined> {
  return resultsSchema.optional().parse(JSON.parse(await readFile(resultsFile, "utf8")) ?? undefined)
}

/** A line an outcome, so that a difference between two runs can be read. */
export async function writeFaultResults({ outcomes, ...results }: FaultResults): Promise<void> {
  const lines = outcomes.map((outcome) => `    ${JSON.stringify(outcome)}`).join(",\n")
  const head = JSON.stringify(results, undefined, 2).replace(/\n}$/, "")
  await writeFile(resultsFile, `${head},\n  "outcomes": [\n${lines}\n  ]\n}\n`)
}
