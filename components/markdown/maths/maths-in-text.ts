import { linePrefix, openingFence } from "#lib/fences.ts"
import { codeEnd } from "../code/code-in-text.ts"
import { hasTex, isClearlyMaths, isProse } from "./maths-or-prose.ts"

/** Longer than any readable formula, and short enough to be rendered quickly. */
const maxFormulaChars = 3_000

export interface FormulaPlace {
  from: number
  to: number
}

interface FormulasInText {
  closed: FormulaPlace[]
  /** where a formula begins that is, or may be, still incomplete */
  cutAt: number | undefined
  /** it is certainly a formula, and not an amount of money or a shell variable */
  isCutSure: boolean
}

/**
 * Finds `$$…$$`, `\[…\]`, `\(…\)`, and `$…$` where it is clearly maths. Ignores code.
 * @param isGrowing more text follows, which may close what is open at the end
 */
export function formulasIn(text: string, isGrowing: boolean): FormulasInText {
  const closed: FormulaPlace[] = []
  const signs = new RegExp(tokensToFind, "gm")
  for (let match = signs.exec(text); match; match = signs.exec(text)) {
    const { 0: sign, index } = match
    const code = codeEnd(text, match, isGrowing)
    if (code !== undefined) signs.lastIndex = code
    else if (isGrowing && signs.lastIndex === text.length && /^(?:\\|\$\$?)$/.test(sign))
      return { closed, cutAt: index, isCutSure: false }
    else if (sign in closings) {
      const end = formulaEnd(text, index, sign)
      if (end === "open" && isGrowing) return { closed, cutAt: index, isCutSure: sign !== "$" }
      if (typeof end !== "number") continue
      // If a letter or a digit follows, this dollar does not close a formula.
      if (isGrowing && sign === "$" && end === text.length) {
        const wasHeld = formulaEnd(text.slice(0, -1), index, sign) === "open"
        return { closed, cutAt: wasHeld ? index : end - 1, isCutSure: false }
      }
      closed.push({ from: index, to: end })
      signs.lastIndex = end
    }
  }
  return { closed, cutAt: undefined, isCutSure: false }
}

/** Fences, other code, escaped characters, and dollars. */
const tokensToFind = [`${linePrefix}(?<fence>${openingFence})`, "`+", "\\\\(?:[\\s\\S]|(?![\\s\\S]))", "\\$\\$?"].join(
  "|",
)

const closings: Record<string, string> = { $: "$", $$: "$$", "\\(": "\\)", "\\[": "\\]" }

/** @returns the end of the formula that begins here, "open" if only its end is missing, undefined if none begins */
function formulaEnd(text: string, index: number, opening: string): number | "open" | undefined {
  const from = index + opening.length
  if (text[index - 1] === "`" || (opening === "$" && !opensFormula(text, index))) return undefined
  const reach = text.slice(from, from + maxFormulaChars)
  const tokens = /\\[\s\S]|\$\$?|\n(?=[ \t>]*(\n))|\n/g
  for (let token = tokens.exec(reach); token; token = tokens.exec(reach)) {
    const body = reach.slice(0, token.index)
    const end = from + tokens.lastIndex
    if (token[0] === closings[opening]) return closesFormula(text, body, { opening, end }) ? end : undefined
    if (token[0] === opening || (opening === "$" && token[0] === "$$")) return undefined
    if (token[0] === "\n" && (opening === "$" || (token[1] && !isBlankAllowed(reach, token.index, opening))))
      return undefined
  }
  if (from + reach.length < text.length || isMoney(reach, opening)) return undefined
  return hasTex(reach) || !isProse(reach) ? "open" : undefined
}

/** An empty line ends a paragraph, so a formula cannot contain one, except right after its beginning or before its end. */
function isBlankAllowed(reach: string, index: number, opening: string): boolean {
  if (opening === "\\(") return false
  const after = reach.slice(index).trimStart()
  return reach.slice(0, index).trim() === "" || after === "" || after.startsWith(closings[opening] ?? "")
}

/** Tells an amount of money or a price range from a formula: "$5", "($$)". */
function isMoney(reach: string, opening: string): boolean {
  return opening === "$" ? /^\d/.test(reach) : opening === "$$" && /^[$).,;:!?]/.test(reach)
}

function opensFormula(text: string, index: number): boolean {
  return !/[A-Za-z0-9$]/.test(text[index - 1] ?? "") && /\S/.test(text[index + 1] ?? "")
}

function closesFormula(text: string, body: string, { opening, end }: { opening: string; end: number }): boolean {
  if (body.trim() === "" || text[end] === "`") return false
  // With a third dollar, or a word in between, it is a price range.
  if (opening === "$$")
    return text[end] !== "$" && (hasTex(body) || (isClearlyMaths(body) && !/^\s*\p{Ll}{2}/u.test(body)))
  if (opening === "\\[") return hasTex(body) || /[<>+]/.test(body)
  if (opening === "\\(") return isClearlyMaths(body)
  // The second dollar begins an amount or a variable: "$5/$10", "$HOME/$USER".
  const isFollowed = /^(?!(?:th|st|nd|rd|s)\b)[A-Za-z0-9]/.test(text.slice(end, end + 4))
  return !/\s$/.test(body) && !isFollowed && isClearlyMaths(body)
}
