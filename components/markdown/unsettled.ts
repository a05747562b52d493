import { closingFence, fencedLine } from "#lib/fences.ts"
import { settledInline } from "./unsettled-inline.ts"

/**
 * Cuts off the end of a growing text where it is still ambiguous: characters that may or may not become Markdown syntax.
 * So shown words never change, no syntax flashes up and vanishes, and no element is shown empty.
 */
export function settled(text: string): string {
  const lines = text.split("\n")
  const fences = fencesIn(lines)
  if (fences.open !== undefined) return settledCode(lines, fences.open)
  let first = lines.length - 1
  while (first > fences.settled && !beginsBlock(lines[first] ?? "", lines[first - 1] ?? "")) first--
  const from = lengthOf(lines.slice(0, first))
  return withoutBareSyntax(text.slice(0, from + settledLength(lines.slice(first))), fences.settled)
}

interface Fences {
  /** the line of an opening fence that is not closed yet */
  open: number | undefined
  /** how many lines there are up to the last closed code block */
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

/** Shows a code block from its first character on, without the half of a closing fence. */
function settledCode(lines: string[], open: number): string {
  const isHalfClosed = lines.length > open + 1 && /^[ \t>]*(?:`+|~+)?$/.test(lines.at(-1) ?? "")
  const shown = isHalfClosed ? lines.slice(0, -1) : lines
  if (shown.slice(open + 1).some((line) => /[^\s>]/.test(line))) return shown.join("\n") + (isHalfClosed ? "\n" : "")
  return withoutBareSyntax(lines.slice(0, open).join("\n"), 0)
}

function beginsBlock(line: string, before: string): boolean {
  return /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)]|#{1,6})[ \t])/.test(line) || /^[ \t>]*(?:#{1,6}[ \t].*)?$/.test(before)
}

/** A table shows only complete rows: a partial one would shift the columns with every word. */
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

/** @returns the position of the first bar that may belong to a table's head; -1 if there is none */
function barIn(line: string): number {
  const bar = line.replace(/(`+)[^`]*\1|\\./g, (code) => " ".repeat(code.length)).indexOf("|")
  const isFirst = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*$/.test(line.slice(0, Math.max(bar, 0)))
  return isFirst || line.length < maxHeadChars ? bar : -1
}

/** A longer line that does not begin with a bar is prose that contains one. */
const maxHeadChars = 120

/** Holds back bullets, numbers, fences and rules until a word follows. */
function withoutBareSyntax(text: string, settledLines: number): string {
  const lines = text.split("\n")
  while (lines.length > settledLines && bareSyntax.test(lines.at(-1) ?? "")) lines.pop()
  const shown = lines.join("\n")
  return text.slice(shown.length).trim() === "" ? text : shown
}

const bareSyntax =
  /^(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)]|#{1,6})(?=[ \t]|$)))*[ \t]*(?:\d{1,9}|\[[ xX]?\]?|of?|[-=_*+#~`|:>\t ]*)[ \t]*$/

const lengthOf = (lines: string[]) => lines.reduce((length, line) => length + line.length + 1, 0)
