/** Figures as a Markdown table: a row a figure, a column a peer, the best in bold. */
import type { Figure } from "../measurements/measurement.ts"
import { median } from "../statistics.ts"

/** Rounds by figure and peer. */
export type Measured = Record<string, Record<string, number[]>>

export function tableOf(figures: Figure[], peers: { name: string; title: string }[], measured: Measured): string {
  const rows = figures.map((figure) => {
    const rounds = measured[figure.name] ?? {}
    const best = bestOf(figure, rounds)
    const cells = peers.map(({ name }) => {
      const cell = cellOf(figure, rounds[name])
      return best.includes(name) ? `**${cell}**` : cell
    })
    return [titleOf(figure), ...cells]
  })
  const head = ["", ...peers.map(({ title }) => title)]
  return markdownTable([head, ...rows])
}

/** @param rows the first is the head; all columns but the first are aligned to the right */
export function markdownTable([head = [], ...rows]: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`
  return [line(head), line(head.map((_, column) => (column === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n")
}

export function titleOf({ title, unit }: Figure): string {
  return unit ? `${title}, ${unit}` : title
}

/** Peers whose median is the best, as it is shown; none where all are the same. */
export function bestOf(figure: Figure, rounds: Record<string, number[]>): string[] {
  const shown = Object.entries(rounds).map(([name, each]): [string, number] => [name, shownMedian(figure, each)])
  const values = shown.map(([, value]) => value)
  const best = figure.best === "least" ? Math.min(...values) : Math.max(...values)
  if (values.every((value) => value === best)) return []
  return shown.filter(([, value]) => value === best).map(([name]) => name)
}

export function shownMedian({ digits }: Figure, rounds: number[]): number {
  return Number(median(rounds).toFixed(digits))
}

/** The median and, where the rounds differ, their range. */
function cellOf({ digits }: Figure, rounds: number[] | undefined): string {
  if (!rounds || rounds.length === 0) return "–"
  const [middle, least, most] = [median(rounds), Math.min(...rounds), Math.max(...rounds)].map((each) =>
    each.toFixed(digits),
  )
  return least === most ? `${middle}` : `${middle} (${least}–${most})`
}
