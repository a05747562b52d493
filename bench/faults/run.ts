/**
 * Lets ten faults happen to answers of Rejoin and its peers, and counts what people lose by them.
 *
 *     npm run build && npm run bench:faults -- [--rounds 10] [--seed 1] [--peers plain,ours] [--faults cut,server]
 *         [--verbose]
 *
 * All products are tried in the same round on the same simulated provider, each fault at the same moment of the answer.
 * A whole run is kept in `bench/faults.json` and shown in `docs/benchmarks.md`; one of some peers or faults is printed.
 */
import { parseArgs } from "node:util"
import { commitNow, machineNow, readResults } from "../report/results.ts"
import { writeReport } from "../report/write.ts"
import { Deployment } from "./deployment.ts"
import { allEntrants } from "./entrants.ts"
import { allFaults, undisturbed } from "./faults.ts"
import { startCountingProvider } from "./provider.ts"
import { randomBy } from "./random.ts"
import { type FaultResults, type RecordedOutcome, writeFaultResults } from "./results.ts"
import { type Fault, type Outcome, play } from "./scene.ts"
import { faultsTable } from "./tables.ts"

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    peers: { type: "string" },
    faults: { type: "string" },
    verbose: { type: "boolean", default: false },
  },
})
const isChosen = (names: string | undefined) => (name: string) => names?.split(",").includes(name) ?? true
const entrants = allEntrants.filter(({ peer }) => isChosen(values.peers)(peer.name))
const faults = allFaults.filter(({ name }) => isChosen(values.faults)(name))

// Servers, stores and the provider end with this process, however it ends.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1))

for (const { peer } of entrants) await peer.prepare((line) => console.log(line))
const provider = await startCountingProvider()
const deployments = entrants.map((entrant) => new Deployment(entrant, provider.url))
const outcomes: RecordedOutcome[] = []
try {
  for (const deployment of deployments) await deployment.start() // all at once would keep stores waiting for a core
  await Promise.all(deployments.map((deployment) => playIn(0, undisturbed, deployment)))
  for (let round = 1; round <= Number(values.rounds); round++) await playRound(round)
} finally {
  await Promise.all(deployments.map((deployment) => deployment.stop()))
  await provider.close()
}
const results = await resultsOf(outcomes)
console.log(faultsTable(results))
if (!values.peers && !values.faults) {
  await writeFaultResults(results)
  await writeReport(await readResults())
}
process.exit(0) // a client under test may still have its timers

/** What happens to a server happens to it alone; four other faults happen at a time, each to an answer of its own. */
async function playRound(round: number): Promise<void> {
  const startedAtMs = performance.now()
  const ofAnswers = faults.filter(({ isOfServer }) => !isOfServer)
  const ofServers = faults.filter(({ isOfServer }) => isOfServer).map((fault) => [fault])
  const calm = await Promise.all(deployments.map((deployment) => playIn(round, undisturbed, deployment)))
  for (const batch of [ofAnswers.slice(0, 4), ofAnswers.slice(4), ...ofServers])
    await Promise.all(
      deployments.map(async (deployment, index) => {
        const possible = batch.filter((fault) => fault.canHappen?.(deployment) ?? true)
        await Promise.all(possible.map((fault) => tryFault(round, fault, { deployment, calm: calm[index] })))
        await deployment.replenish()
      }),
    )
  console.log(`round ${round}: ${Math.round((performance.now() - startedAtMs) / 1000)} s`)
}

interface Trial {
  deployment: Deployment
  /** what the product did in this round when nothing happened */
  calm: Outcome | undefined
}

async function tryFault(round: number, fault: Fault, { deployment, calm }: Trial): Promise<void> {
  const outcome = await playIn(round, fault, deployment)
  const silenceMs = Math.max(Math.round(outcome.silenceMs - (calm?.silenceMs ?? 0)), 0)
  const recorded = { fault: fault.name, peer: deployment.entrant.peer.name, round, ...outcome, silenceMs }
  if (values.verbose) console.log(JSON.stringify(recorded))
  outcomes.push(recorded)
}

/** The same happens to every product, at the same moment of its answer. */
function playIn(round: number, fault: Fault, deployment: Deployment): Promise<Outcome> {
  return play(fault, { deployment, provider, random: randomBy(`${values.seed} ${round} ${fault.name}`) })
}

async function resultsOf(outcomes: RecordedOutcome[]): Promise<FaultResults> {
  const order = (names: string[], name: string) => names.indexOf(name)
  const faultNames = faults.map(({ name }) => name)
  const peerNames = entrants.map(({ peer }) => peer.name)
  const peers = entrants.map(async ({ peer, setup }) => {
    const { name, title, description } = peer
    return { name, title, description, versions: await peer.versions(), setup }
  })
  const further = values.seed === "1" ? "" : ` --seed ${values.seed}`
  return {
    measuredOn: new Date().toISOString().slice(0, 10),
    commit: commitNow(),
    command: `npm run bench:faults -- --rounds ${values.rounds}${further}`,
    machine: machineNow(undefined),
    rounds: Number(values.rounds),
    peers: await Promise.all(peers),
    faults: faults.map(({ name, title }) => ({ name, title })),
    outcomes: outcomes.toSorted(
      (one, other) =>
        order(faultNames, one.fault) - order(faultNames, other.fault) ||
        order(peerNames, one.peer) - order(peerNames, other.peer) ||
        one.round - other.round,
    ),
  }
}
