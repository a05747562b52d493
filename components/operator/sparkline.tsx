import { texts } from "../texts.ts"
import { operatorTexts } from "./operator-texts.ts"

interface SparklineProps {
  title: string
  /** the oldest first */
  values: number[]
  /** how many values fit; with fewer, the line begins further right */
  places: number
}

const width = 240
const height = 48

/** Shows a figure above the chart of its last minutes. */
export function Sparkline({ title, values, places }: SparklineProps) {
  const now = values.at(-1) ?? 0
  const most = Math.max(...values, 0)
  const label = operatorTexts.chartOf(title, rounded(now), rounded(most))
  return (
    <figure className="min-w-0">
      <figcaption className="flex items-baseline justify-between gap-3 text-note">
        <span className="text-quiet">{title}</span>
        <span className="font-semibold text-body">{rounded(now)}</span>
      </figcaption>
      <svg
        role="img"
        aria-label={label}
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        className="mt-1 h-12 w-full overflow-visible border-line border-b"
      >
        <path d={areaOf(values, places, most)} className="fill-accent/12" />
        <path
          d={lineOf(values, places, most)}
          className="fill-none stroke-accent"
          strokeWidth={1.5}
          vectorEffect="non-scaling-stroke"
        />
      </svg>
    </figure>
  )
}

function pointsOf(values: number[], places: number, most: number): [x: number, y: number][] {
  const step = width / Math.max(places - 1, 1)
  const left = width - step * (values.length - 1)
  // Leaves room for the width of the line at the top.
  return values.map((value, index) => [left + step * index, height - (most > 0 ? value / most : 0) * (height - 2)])
}

function lineOf(values: number[], places: number, most: number): string {
  return pointsOf(values, places, most)
    .map(([x, y], index) => `${index === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`)
    .join("")
}

function areaOf(values: number[], places: number, most: number): string {
  const [first] = pointsOf(values, places, most)
  return first ? `${lineOf(values, places, most)}L${width} ${height}L${first[0].toFixed(1)} ${height}Z` : ""
}

function rounded(value: number): string {
  return texts.number(value < 10 && !Number.isInteger(value) ? Math.round(value * 10) / 10 : Math.round(value))
}
