/** Charts as SVG files that follow the reader's light or dark mode. */

export interface Bar {
  label: string
  value: number
  least: number
  most: number
  /** as it is written beside the bar */
  text: string
  isOurs: boolean
}

export interface BarPanel {
  kind: "bars"
  title: string
  /** the best first */
  bars: Bar[]
}

export interface LinePanel {
  kind: "lines"
  title: string
  axis: string
  lines: { label: string; isOurs: boolean; points: { at: number; value: number }[] }[]
}

const width = 720
const labelWidth = 140
const plotWidth = 430
const rowHeight = 22
const titleHeight = 34
const linesHeight = 170

const style = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .note { fill: #57606a; font-size: 12px }
  .bar { fill: #afb8c1 } .range { stroke: #57606a } .line { stroke: #8c959f; fill: none; stroke-width: 2 }
  .ours .bar { fill: #0969da } .ours .line { stroke: #0969da; stroke-width: 3 } .ours text { font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .note { fill: #9da7b3 } .bar { fill: #484f58 } .range { stroke: #9da7b3 }
    .line { stroke: #768390 } .ours .bar { fill: #2f81f7 } .ours .line { stroke: #2f81f7 }
  }`

/** @param description is read out in place of the picture */
export function chartOf(panels: (BarPanel | LinePanel)[], description: string): string {
  let top = 0
  const drawn = panels.map((panel) => {
    const { content, height } = panel.kind === "bars" ? drawBars(panel) : drawLines(panel)
    const group = `<g transform="translate(0 ${top})">\n<text class="title" x="0" y="20">${escaped(panel.title)}</text>\n${content}\n</g>`
    top += height
    return group
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top}" role="img" aria-label="${escaped(description)}">
<style>${style}
</style>
${drawn.join("\n")}
</svg>
`
}

function drawBars({ bars }: BarPanel): { content: string; height: number } {
  const most = Math.max(...bars.map((bar) => bar.most), Number.MIN_VALUE)
  const x = (value: number) => round(labelWidth + (Math.max(value, 0) / most) * plotWidth)
  const rows = bars.map((bar, index) => {
    const y = titleHeight + index * rowHeight
    return [
      `<g${bar.isOurs ? ' class="ours"' : ""}>`,
      `<text x="${labelWidth - 10}" y="${y + 12}" text-anchor="end">${escaped(bar.label)}</text>`,
      `<rect class="bar" x="${labelWidth}" y="${y}" width="${round(Math.max(x(bar.value) - labelWidth, 1))}" height="15" rx="2"/>`,
      `<line class="range" x1="${x(bar.least)}" x2="${x(bar.most)}" y1="${y + 7.5}" y2="${y + 7.5}"/>`,
      `<text x="${round(x(bar.most) + 8)}" y="${y + 12}">${escaped(bar.text)}</text>`,
      "</g>",
    ].join("")
  })
  return { content: rows.join("\n"), height: titleHeight + bars.length * rowHeight + 10 }
}

/** Both axes begin at 0, so that what grows with its cause is seen to. */
function drawLines({ axis, lines }: LinePanel): { content: string; height: number } {
  const points = lines.flatMap((line) => line.points)
  const mostAt = Math.max(...points.map(({ at }) => at), 1)
  const most = Math.max(...points.map(({ value }) => value), Number.MIN_VALUE)
  const x = (at: number) => round(labelWidth + (at / mostAt) * plotWidth)
  const y = (value: number) => round(titleHeight + linesHeight * (1 - value / most))
  const ends = labelRows(lines.map(({ points }) => y(points.at(-1)?.value ?? 0)))
  const drawn = lines.map(({ label, isOurs, points }, index) => {
    const path = points.map(({ at, value }) => `${x(at)},${y(value)}`).join(" ")
    const text = `<text x="${labelWidth + plotWidth + 8}" y="${(ends[index] ?? 0) + 4}">${escaped(label)}</text>`
    return `<g${isOurs ? ' class="ours"' : ""}><polyline class="line" points="${path}"/>${text}</g>`
  })
  const bottom = titleHeight + linesHeight
  const atNotes = [...new Set(points.map(({ at }) => at))].map(
    (at) => `<text class="note" x="${x(at)}" y="${bottom + 16}" text-anchor="middle">${at.toLocaleString("en")}</text>`,
  )
  return {
    content: [
      `<line class="range" x1="${labelWidth}" x2="${labelWidth + plotWidth}" y1="${bottom}" y2="${bottom}"/>`,
      `<text class="note" x="${labelWidth - 10}" y="${titleHeight + 4}" text-anchor="end">${Number(most.toPrecision(3))}</text>`,
      `<text class="note" x="${labelWidth - 10}" y="${bottom + 4}" text-anchor="end">0</text>`,
      ...atNotes,
      `<text class="note" x="${labelWidth + plotWidth + 8}" y="${bottom + 16}">${escaped(axis)}</text>`,
      ...drawn,
    ].join("\n"),
    height: bottom + 36,
  }
}

/** Moves labels apart that would lie over one another. @returns their heights in the order given */
function labelRows(wanted: number[]): number[] {
  const order = wanted.map((y, index) => ({ y, index })).toSorted((one, other) => one.y - other.y)
  let free = Number.NEGATIVE_INFINITY
  const placed = wanted.slice()
  for (const { y, index } of order) {
    placed[index] = Math.max(y, free)
    free = (placed[index] ?? y) + 15
  }
  return placed
}

function round(length: number): number {
  return Number(length.toFixed(1))
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;").replaceAll("**", "")
}
