/** The document of the benchmarks says what the results say, and a result is shown as it was measured. */
import { globSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { allEntrants } from "../../bench/faults/entrants.ts"
import { readFaultResults } from "../../bench/faults/results.ts"
import { allMeasurements } from "../../bench/measurements/all.ts"
import type { Measurement } from "../../bench/measurements/measurement.ts"
import { allPeers } from "../../bench/peers/all.ts"
import { reportOf } from "../../bench/report/document.ts"
import { withFigures } from "../../bench/report/readme.ts"
import { type Result, readResults } from "../../bench/report/results.ts"

const cost: Measurement = {
  name: "cost",
  title: "Cost",
  question: "What does it cost?",
  how: "By counting.",
  figures: [
    { name: "cpu", title: "CPU", unit: "ms", best: "least", digits: 1 },
    ...[1, 10].map((at) => ({
      name: `${at}`,
      title: `CPU, readers: ${at}`,
      unit: "µs",
      best: "least" as const,
      digits: 0,
      series: { of: "CPU", axis: "readers", at },
    })),
  ],
  prepare: () => Promise.reject(new Error("it is never run here")),
}
const peer = (name: string) => ({ name, title: name, description: `what ${name} is`, versions: { ai: "7.0.0" } })
const result: Result = {
  measuredOn: "2026-12-01",
  commit: "0123456789",
  command: "npm run bench -- --only cost",
  machine: "a machine",
  rounds: 3,
  peers: [peer("plain"), peer("ours")],
  figures: {
    cpu: { plain: [5, 1, 3], ours: [4, 4, 9] },
    1: { plain: [10], ours: [8] },
    10: { plain: [20], ours: [8] },
  },
}

test("docs/benchmarks.md and its charts are what the results file makes", async () => {
  const { markdown, charts } = await reportOf(allMeasurements, await readResults())
  expect(readFileSync("docs/benchmarks.md", "utf8")).toBe(markdown)
  for (const [name, svg] of Object.entries(charts))
    expect(readFileSync(`docs/pictures/bench/${name}`, "utf8")).toBe(svg)
  expect(globSync("docs/pictures/bench/*.svg").length).toBe(Object.keys(charts).length)
})

test("the README's figures are what the results files make", async () => {
  const readme = readFileSync("README.md", "utf8")
  const faults = await readFaultResults()
  expect(withFigures(readme, { measurements: allMeasurements, results: await readResults(), faults })).toBe(readme)
})

test("every measurement and every peer is in its list", () => {
  const measurements = globSync("bench/measurements/*.ts").filter((file) =>
    /: Measurement = \{/.test(readFileSync(file, "utf8")),
  )
  expect(measurements.length).toBe(allMeasurements.length)
  const folders = globSync("bench/peers/*/peer.ts").length
  expect(new Set(allPeers.map(({ name }) => name)).size).toBe(allPeers.length)
  const names = new Set([...allPeers, ...allEntrants.map(({ peer }) => peer)].map(({ name }) => name))
  expect(names.size).toBe(folders + 1) // ours has two forms
})

test("every measurement has a section, whether or not it was measured", async () => {
  const { markdown } = await reportOf(allMeasurements, {})
  for (const { title, name } of allMeasurements) {
    expect(markdown).toContain(`\n## ${title}\n`)
    expect(markdown).toContain(`npm run bench -- --only ${name}`)
  }
})

test("a figure is shown as its median and range, the best in bold, and what Rejoin is behind in comes first", async () => {
  const { markdown } = await reportOf([cost], { cost: result })
  expect(markdown).toContain("| CPU, ms | **3.0 (1.0–5.0)** | 4.0 (4.0–9.0) |")
  expect(markdown).toContain("| Cost: CPU, ms | 4 | 3 (plain) | 1.33 |")
  expect(markdown.indexOf("Where Rejoin is behind")).toBeLessThan(markdown.indexOf("## Cost"))
  expect(markdown).not.toContain("Cost: CPU, readers")
})

test("how a cost grows is shown as its slope", async () => {
  const { markdown } = await reportOf([cost], { cost: result })
  expect(markdown).toContain("| CPU, by readers: 10 ÷ 1 | 2.00 | 1.00 |")
})

test("a chart draws the best first and marks what is ours", async () => {
  const { charts } = await reportOf([cost], { cost: result })
  const svg = charts["cost.svg"] ?? ""
  expect(svg.indexOf(">plain<")).toBeLessThan(svg.indexOf(">ours<"))
  expect(svg.match(/class="ours"/g)).toHaveLength(2)
  expect(svg.match(/<polyline/g)).toHaveLength(2)
  expect(svg).toContain("prefers-color-scheme: dark")
})
