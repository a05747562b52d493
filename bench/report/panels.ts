/** What is drawn of a measurement: bars a figure, or lines where figures show how a cost grows. */
import type { Figure, Measurement } from "../measurements/measurement.ts"
import { median } from "../statistics.ts"
import { type BarPanel, chartOf, type LinePanel } from "./chart.ts"
import type { Result } from "./results.ts"
import { titleOf } from "./table.ts"

const ourNames = ["ours", "embedded"]

export function chartOfMeasurement(measurement: Measurement, result: Result): string {
  const bars = measurement.figures.filter(({ series }) => !series).map((figure) => barsOf(figure, result))
  const grown = Map.groupBy(
    measurement.figures.filter(({ series }) => series),
    ({ series }) => `${series?.of}, by ${series?.axis}`,
  )
  const lines = [...grown].map(([title, figures]) => linesOf(title, figures, result))
  const panels = [...bars, ...lines].filter((panel) => (panel.kind === "bars" ? panel.bars : panel.lines).length > 0)
  return chartOf(panels, `${measurement.title}: the figures of the table`)
}

function barsOf(figure: Figure, { figures, peers }: Result): BarPanel {
  const bars = peers.flatMap(({ name, title }) => {
    const rounds = figures[figure.name]?.[name]
    if (!rounds) return []
    const value = median(rounds)
    const range = { least: Math.min(...rounds), most: Math.max(...rounds) }
    return [{ label: title, value, ...range, text: value.toFixed(figure.digits), isOurs: ourNames.includes(name) }]
  })
  const direction = figure.best === "least" ? 1 : -1
  bars.sort((one, other) => (one.value - other.value) * direction)
  return { kind: "bars", title: titleOf(figure), bars }
}

function linesOf(title: string, series: Figure[], { figures, peers }: Result): LinePanel {
  const lines = peers.flatMap(({ name, title: label }) => {
    const points = series.flatMap((figure) => {
      const rounds = figures[figure.name]?.[name]
      return rounds && figure.series ? [{ at: figure.series.at, value: median(rounds) }] : []
    })
    return points.length > 0 ? [{ label, isOurs: ourNames.includes(name), points }] : []
  })
  const [first] = series
  return { kind: "lines", title: `${title}, ${first?.unit}`, axis: first?.series?.axis ?? "", lines }
}
