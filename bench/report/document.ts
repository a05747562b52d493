/** Makes docs/benchmarks.md out of the results: what is measured stands in the measurements, and how in introduction.md. */
import { readFile } from "node:fs/promises"
import path from "node:path"
import { readFaultResults } from "../faults/results.ts"
import { faultsSection } from "../faults/tables.ts"
import type { Figure, Measurement } from "../measurements/measurement.ts"
import { median } from "../statistics.ts"
import { chartOfMeasurement } from "./panels.ts"
import type { Result, Results } from "./results.ts"
import { markdownTable, shownMedian, tableOf, titleOf } from "./table.ts"

export interface Report {
  markdown: string
  /** SVG by file name, to lie in docs/pictures/bench */
  charts: Record<string, string>
}

/** Where introduction.md has the table of faults. */
const faultsMark = "<!-- The table of faults comes here: npm run bench:faults. -->"

/** @param measurements in the order of the document */
export async function reportOf(measurements: Measurement[], results: Results): Promise<Report> {
  const introduction = await readFile(path.join(import.meta.dirname, "introduction.md"), "utf8")
  const opening = introduction.trim().replace(faultsMark, faultsSection(await readFaultResults()))
  const charts: Record<string, string> = {}
  const sections = measurements.map((measurement) => {
    const result = results[measurement.name]
    if (result) charts[`${measurement.name}.svg`] = chartOfMeasurement(measurement, result)
    return sectionOf(measurement, result)
  })
  const parts = [opening, peersSection(results), behindSection(measurements, results), ...sections]
  return { markdown: `${parts.filter(Boolean).join("\n\n")}\n`, charts }
}

function sectionOf({ name, title, question, how, figures }: Measurement, result: Result | undefined): string {
  const head = `## ${title}\n\n${question}`
  if (!result) return `${head}\n\nNot measured yet: \`npm run bench -- --only ${name}\`.\n\n${how}`
  const peers = result.peers.filter(({ name }) => Object.values(result.figures).some((figure) => name in figure))
  return [
    head,
    tableOf(figures, peers, result.figures),
    growthTable(figures, result),
    `![${title}](pictures/bench/${name}.svg)`,
    how,
    `\`${result.command}\`: median and range of ${result.rounds} rounds, ${result.measuredOn}, commit ${result.commit}, ${result.machine}.`,
  ]
    .filter(Boolean)
    .join("\n\n")
}

/** What the largest costs by what the smallest costs: 1 is a straight line. */
function growthTable(figures: Figure[], result: Result): string {
  const series = Map.groupBy(
    figures.filter((figure) => figure.series),
    ({ series }) => `${series?.of}, by ${series?.axis}`,
  )
  if (series.size === 0) return ""
  const rows = [...series].map(([title, points]) => {
    const [first, last] = [points[0], points.at(-1)]
    const cells = result.peers.map(({ name }) => {
      const [small, large] = [first, last].map((figure) => result.figures[figure?.name ?? ""]?.[name])
      return small && large ? (median(large) / median(small)).toFixed(2) : "–"
    })
    return [`${title}: ${last?.series?.at.toLocaleString("en")} ÷ ${first?.series?.at.toLocaleString("en")}`, ...cells]
  })
  return markdownTable([["slope (1 = linear)", ...result.peers.map(({ title }) => title)], ...rows])
}

function peersSection(results: Results): string {
  const peers = new Map(Object.values(results).flatMap(({ peers }) => peers.map((peer) => [peer.name, peer])))
  if (peers.size === 0) return ""
  const rows = [...peers.values()].map(({ title, description, versions }) => [
    title,
    description,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
  ])
  const table = [["", "what it is", "versions"], ...rows].map((cells) => `| ${cells.join(" | ")} |`)
  return ["## Who is measured\n", ...table.toSpliced(1, 0, "| --- | --- | --- |")].join("\n")
}

/** Every figure in which some peer does better than Rejoin with its stores. */
function behindSection(measurements: Measurement[], results: Results): string {
  const rows = measurements.flatMap(({ name, title, figures }) => {
    const result = results[name]
    return result ? figures.flatMap((figure) => behindRow(figure, title, result)) : []
  })
  if (Object.keys(results).length === 0) return ""
  if (rows.length === 0) return "## Where Rejoin is behind\n\nIn none of these figures."
  const head = ["figure", "Rejoin", "the best", "Rejoin by the best"]
  return `## Where Rejoin is behind\n\n${markdownTable([head, ...rows])}`
}

function behindRow(figure: Figure, section: string, { figures, peers }: Result): string[][] {
  const rounds = figures[figure.name] ?? {}
  const { ours } = rounds
  if (!ours) return []
  const own = shownMedian(figure, ours)
  const direction = figure.best === "least" ? 1 : -1
  const [best] = peers
    .filter(({ name }) => rounds[name])
    .map(({ name, title }) => ({ title, value: shownMedian(figure, rounds[name] ?? []) }))
    .sort((one, other) => (one.value - other.value) * direction)
  if (!best || best.value === own) return []
  const ratio = best.value === 0 ? "–" : (own / best.value).toFixed(2)
  return [[`${section}: ${titleOf(figure)}`, `${own}`, `${best.value} (${best.title})`, ratio]]
}
