/** The README's figures: a part of docs/benchmarks.md, between two marks, so that no figure there is typed by hand. */
import type { FaultResults } from "../faults/results.ts"
import { faultsTable } from "../faults/tables.ts"
import type { Measurement } from "../measurements/measurement.ts"
import type { Results } from "./results.ts"
import { bestOf, markdownTable, shownMedian, titleOf } from "./table.ts"

const marks = { begin: "<!-- figures: npm run bench -->", end: "<!-- end of figures -->" }

/** What people choose by: the others are in docs/benchmarks.md. */
const shownFaults = ["reload", "stop", "cut", "store", "server", "release"]
const shownFigures = [
  ["tokens", "100x50 running"],
  ["capacity", "answers"],
  ["turns", "cpu"],
  ["followers", "cpu"],
  ["catch-up", "100000 whole"],
  ["wal", "100000"],
] as const
const faultPeers = ["plain", "recipe", "ours"]
const costPeers = ["plain", "recipe", "ours", "embedded"]

interface Measured {
  measurements: Measurement[]
  results: Results
  faults: FaultResults | undefined
}

/** @returns the README with its figures as they were measured. @throws if it has no place for them */
export function withFigures(readme: string, measured: Measured): string {
  const from = readme.indexOf(marks.begin)
  const to = readme.indexOf(marks.end)
  if (from < 0 || to < from) throw new Error(`the README has no "${marks.begin}" before a "${marks.end}"`)
  return `${readme.slice(0, from)}${marks.begin}\n\n${figuresOf(measured)}\n\n${readme.slice(to)}`
}

function figuresOf({ measurements, results, faults }: Measured): string {
  const parts = [
    faults && `What is lost when something goes wrong in the middle of an answer (\`${faults.command}\`):`,
    faults && faultsOf(faults),
    `What it costs (\`npm run bench\`, medians; the best is bold):`,
    costsOf(measurements, results),
    results["tokens"] && "![CPU time a token, Rejoin beside its peers](docs/pictures/bench/tokens.svg)",
  ]
  return parts.filter(Boolean).join("\n\n")
}

function faultsOf(results: FaultResults): string {
  const peers = results.peers.filter(({ name }) => faultPeers.includes(name))
  const faults = results.faults.filter(({ name }) => shownFaults.includes(name))
  return faultsTable({ ...results, peers, faults })
}

function costsOf(measurements: Measurement[], results: Results): string {
  const rows = shownFigures.flatMap(([name, figureName]) => {
    const measurement = measurements.find((each) => each.name === name)
    const figure = measurement?.figures.find((each) => each.name === figureName)
    if (!measurement || !figure) throw new Error(`the README shows no figure ${figureName} of ${name}`)
    const rounds = results[name]?.figures[figureName]
    if (!rounds) return []
    const shown = Object.fromEntries(Object.entries(rounds).filter(([peer]) => costPeers.includes(peer)))
    const best = bestOf(figure, shown)
    const cells = costPeers.map((peer) => {
      const own = shown[peer]
      if (!own) return "–"
      const median = shownMedian(figure, own).toFixed(figure.digits)
      return best.includes(peer) ? `**${median}**` : median
    })
    return [[`${measurement.title}: ${titleOf(figure)}`, ...cells]]
  })
  return markdownTable([
    ["", "plain `streamText`", "the AI SDK's resume recipe", "Rejoin", "Rejoin, nothing set up"],
    ...rows,
  ])
}
