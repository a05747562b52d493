/**
 * Measures Rejoin beside its peers: all interleaved in one run, on the same simulated provider, judged by CPU time and
 * counts.
 *
 *     npm run build && npm run bench -- [--only tokens,turns] [--peers plain,ours] [--rounds 5] [--quick]
 *         [--beside folder,…]     (other built checkouts of Rejoin, measured beside this one)
 *     npm run bench -- --write-only     (the document anew, from bench/results.json)
 *
 * Each measurement goes into bench/results.json and docs/benchmarks.md once it is done. With --peers, --quick or
 * --beside it is only printed, because the document shows all peers in full.
 *
 * Linux only: it reads /proc. The peers are installed from npm into bench/.peers the first time.
 */
import { parseArgs } from "node:util"
import { leaveServersACore } from "./cores.ts"
import { allMeasurements } from "./measurements/all.ts"
import type { Measurement } from "./measurements/measurement.ts"
import { allPeers } from "./peers/all.ts"
import { besides } from "./peers/ours/peer.ts"
import type { Peer } from "./peers/peer.ts"
import { type Provider, startProvider } from "./provider.ts"
import { commitNow, machineNow, readResults, writeResults } from "./report/results.ts"
import { type Measured, tableOf } from "./report/table.ts"
import { writeReport } from "./report/write.ts"
import { Stage } from "./stage.ts"

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    peers: { type: "string" },
    rounds: { type: "string" },
    quick: { type: "boolean", default: false },
    beside: { type: "string", default: "" },
    "write-only": { type: "boolean", default: false },
  },
})
if (values["write-only"]) {
  await writeReport(await readResults())
  process.exit(0)
}
const rounds = Number(values.rounds ?? (values.quick ? 2 : 5))
const folders = values.beside.split(",").filter(Boolean)
const peers = chosen([...allPeers, ...folders.flatMap(besides)], values.peers)
const measurements = chosen(allMeasurements, values.only)
const isKept = !values.quick && values.peers === undefined && folders.length === 0

// Servers, stores and the provider end with this process, however it ends.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1))

const core = leaveServersACore()
for (const peer of peers) await peer.prepare((line) => console.log(line))
const provider = await startProvider()
try {
  for (const measurement of measurements) {
    const { title, question, figures } = measurement
    console.log(`\n## ${title}\n\n${question}\n`)
    const measured = await measure(measurement, provider)
    console.log(tableOf(figures, peers, measured))
    if (isKept) await keep(measurement, measured)
  }
} finally {
  provider.stop()
}

/** Measures all peers, each round beginning with another one. */
async function measure(measurement: Measurement, provider: Provider): Promise<Measured> {
  const stages = peers
    .filter((peer) => measurement.isFor?.(peer) ?? true)
    .map((peer) => new Stage(peer, provider, core))
  const measured: Measured = {}
  try {
    const arms: { name: string; run: () => Promise<Record<string, number>> }[] = []
    for (const stage of stages) arms.push({ name: stage.peer.name, run: await measurement.prepare(stage) })
    for (let round = 0; round < Math.min(rounds, measurement.mostRounds ?? rounds); round++)
      for (let index = 0; index < arms.length; index++) {
        const arm = arms[(round + index) % arms.length]
        if (!arm) continue
        for (const [figure, value] of Object.entries(await arm.run())) {
          const before = measured[figure]
          measured[figure] = { ...before, [arm.name]: [...(before?.[arm.name] ?? []), value] }
        }
      }
  } finally {
    for (const stage of stages) await stage.close()
  }
  return measured
}

async function keep({ name, mostRounds }: Measurement, measured: Measured): Promise<void> {
  const versions = await Promise.all(peers.map((peer) => peer.versions()))
  const result = {
    measuredOn: new Date().toISOString().slice(0, 10),
    commit: commitNow(),
    command: `npm run bench -- --only ${name}${values.rounds ? ` --rounds ${values.rounds}` : ""}`,
    machine: machineNow(core),
    rounds: Math.min(rounds, mostRounds ?? rounds),
    peers: peers.map(({ name, title, description }, index) => ({
      name,
      title,
      description,
      versions: versions[index] ?? {},
    })),
    figures: measured,
  }
  const results = { ...(await readResults()), [name]: result }
  await writeResults(results)
  await writeReport(results)
}

function chosen<T extends Peer | Measurement>(all: T[], names: string | undefined): T[] {
  if (names === undefined) return all
  return names.split(",").map((name) => {
    const found = all.find((each) => each.name === name)
    if (!found) throw new Error(`there is no ${name}: ${all.map((each) => each.name).join(", ")}`)
    return found
  })
}
