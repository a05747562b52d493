import { closingFence, linePrefix, openingFence } from "./code/fences.ts"
import { settledInline } from "./unsettled-inline.ts"

/**
 * Cuts off what is open at the end of a text that grows: what may yet turn out to be a sign of Markdown, or to be none.
 * So each word that is shown stays as it is, no sign is seen that vanishes a moment later, and nothing stands empty.
 */
export function settled(text: string): string {
  const lines = text.split("\n")
  const fences = fencesIn(lines)
  if (fences.open !== undefined) return settledCode(lines, fences.open)
  let first = lines.length - 1
  while (first > fences.settled && !beginsBlock(lines[first] ?? "", lines[first - 1] ?? "")) first--
  const from = lengthOf(lines.slice(0, first))
  return withoutBareSigns(text.slice(0, from + settledLength(lines.slice(first))), fences.settled)
}

interface Fences {
  /** the line that opens code which no line has closed */
  open: number | undefined
  /** how many lines have code in them, and what stands before it */
  settled: number
}

function fencesIn(lines: string[]): Fences {
  const fences: Fences = { open: undefined, settled: 0 }
  let closing: RegExp | undefined
  for (const [index, line] of lines.entries()) {
    if (closing?.test(line)) {
      closing = undefined
      Object.assign(fences, { open: undefined, settled: index + 1 })
    } else if (!closing) {
      const fence = fencedLine.exec(line)?.[1]
      if (!fence) continue
      closing = closingFence(fence)
      fences.open = index
    }
  }
  return fences
}

const fencedLine = new RegExp(`${linePrefix}(${openingFence})`)

/** Code begins with its first sign, and the half of a closing fence is none of it. */
function settledCode(lines: string[], open: number): string {
  const isHalfClosed = lines.length > open + 1 && /^[ \t>]*(?:`+|~+)?$/.test(lines.at(-1) ?? "")
  const shown = isHalfClosed ? lines.slice(0, -1) : lines
  if (shown.slice(open + 1).some((line) => /[^\s>]/.test(line))) return shown.join("\n") + (isHalfClosed ? "\n" : "")
  return withoutBareSigns(lines.slice(0, open).join("\n"), 0)
}

function beginsBlock(line: string, before: string): boolean {
  return /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)]|#{1,6})[ \t])/.test(line) || /^[ \t>]*(?:#{1,6}[ \t].*)?$/.test(before)
}

/** A table shows the rows that are whole: one that is half written would move its columns with every word. */
function settledLength(block: string[]): number {
  const head = block.findIndex((line, index) => barIn(line) >= 0 && isRule(block[index + 1] ?? ""))
  if (head >= 0) {
    const hasRow = block.length - head > 3
    return hasRow ? lengthOf(block.slice(0, -1)) : lengthOf(block.slice(0, head)) + barIn(block[head] ?? "")
  }
  const text = block.join("\n")
  const last = block.length - 1
  const mayBeHead = last > 0 && /^[ \t>]*[|: -]*$/.test(block[last] ?? "") ? last - 1 : last
  const bar = barIn(block[mayBeHead] ?? "")
  return Math.min(bar < 0 ? text.length : lengthOf(block.slice(0, mayBeHead)) + bar, settledInline(text))
}

const isRule = (line: string) => /^[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/.test(line)

/** @returns where a line has the first bar that may be one of a table's head; -1 where it has none */
function barIn(line: string): number {
  const bar = line.replace(/(`+)[^`]*\1|\\./g, (code) => " ".repeat(code.length)).indexOf("|")
  const isFirst = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*$/.test(line.slice(0, Math.max(bar, 0)))
  return isFirst || line.length < mostHeadChars ? bar : -1
}

/** A longer line that does not begin with a bar is prose with a bar in it. */
const mostHeadChars = 120

/** Bullets, numbers, fences and lines of signs wait for the first word behind them. */
function withoutBareSigns(text: string, settledLines: number): string {
  const lines = text.split("\n")
  while (lines.length > settledLines && bareSigns.test(lines.at(-1) ?? "")) lines.pop()
  const shown = lines.join("\n")
  return text.slice(shown.length).trim() === "" ? text : shown
}

const bareSigns =
  /^(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)]|#{1,6})(?=[ \t]|$)))*[ \t]*(?:\d{1,9}|\[[ xX]?\]?|of?|[-=_*+#~`|:>\t ]*)[ \t]*$/

const lengthOf = (lines: string[]) => lines.reduce((length, line) => length + line.length + 1, 0)
