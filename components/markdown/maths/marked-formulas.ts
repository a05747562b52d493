import type { HtmlNode } from "../markdown-nodes.ts"
import { type FormulaPlace, formulasIn } from "./maths-in-text.ts"

interface MarkedText {
  /** Markdown in which each formula is marked inline code, which Markdown leaves alone */
  text: string
  /** the position of the first formula; undefined if there is none */
  formulasFrom: number | undefined
}

/** Further formulas of an answer are shown as their source. */
const maxFormulas = 500
const maxCharsInFormulas = 20_000

/** Marks the formulas of a text. @param isGrowing more text follows: holds back a formula until it is complete */
export function markFormulas(text: string, isGrowing: boolean): MarkedText {
  if (!/\$|\\[([]|\\$/.test(text)) return { text, formulasFrom: undefined }
  const { closed, cutAt, isCutSure } = formulasIn(text, isGrowing)
  let marked = ""
  let from = 0
  let charsInFormulas = 0
  for (const place of closed.slice(0, maxFormulas)) {
    charsInFormulas += place.to - place.from
    if (charsInFormulas > maxCharsInFormulas) break
    marked += text.slice(from, place.from) + asCode(unquoted(text, place))
    from = place.to
  }
  return { text: marked + text.slice(from, cutAt), formulasFrom: closed[0]?.from ?? (isCutSure ? cutAt : undefined) }
}

export interface Formula {
  /** as it was written, with its delimiters */
  written: string
  /** without its delimiters */
  source: string
  isDisplay: boolean
}

/** @param written with its delimiters */
export function formulaOf(written: string): Formula {
  const signs = /^(?:\$\$|\\[([]|\$)/.exec(written)?.[0].length ?? 0
  return { written, source: written.slice(signs, -signs).trim(), isDisplay: /^(?:\$\$|\\\[)/.test(written) }
}

/** A rehype plugin that turns marked code into `formula` elements. Restores formulas inside of code blocks. */
export function markedFormulas() {
  return (tree: HtmlNode): void => unmark(tree, false)
}

function unmark(node: HtmlNode, isInPre: boolean): void {
  for (const child of node.children ?? []) {
    const code = child.tagName === "code" ? child.children?.[0] : undefined
    const value = code?.value
    if (!code || value === undefined) unmark(child, child.tagName === "pre")
    else if (isInPre) code.value = value.replace(markedCode, (_, formula: string) => asWritten(formula))
    else if (value.length > 4 && value.startsWith(mark) && value.endsWith(mark)) {
      child.tagName = "formula"
      child.properties = { written: asWritten(value.slice(1, -1)) }
      child.children = []
    }
  }
}

function asWritten(formula: string): string {
  return formula.replaceAll(bar, "|").replaceAll(lineBreak, "\n")
}

// Private-use characters. The last two replace those that would end a table's cell or a paragraph.
const mark = "\uE000"
const bar = "\uE001"
const lineBreak = "\uE002"
const markedCode = /`+\uE000([^\uE000]*)\uE000`+/g

function asCode(formula: string): string {
  const longestRun = Math.max(0, ...(formula.match(/`+/g) ?? []).map((run) => run.length))
  const fence = "`".repeat(longestRun + 1)
  return fence + mark + formula.replaceAll("|", bar).replaceAll("\n", lineBreak) + mark + fence
}

/** Removes the quotation marks that begin each line of a formula in a Markdown quotation. */
function unquoted(text: string, { from, to }: FormulaPlace): string {
  const line = text.slice(text.lastIndexOf("\n", from) + 1, from)
  const formula = text.slice(from, to)
  return /^[ \t]*>/.test(line) ? formula.replace(/\n[ \t]*(?:>[ \t]?)+/g, "\n") : formula
}
