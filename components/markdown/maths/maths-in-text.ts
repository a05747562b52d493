import { codeEnd } from "../code/code-in-text.ts"
import { linePrefix, openingFence } from "../code/fences.ts"
import { hasTex, isClearlyMaths, isProse } from "./maths-or-prose.ts"

/** Longer than any formula a person would read, and short enough to be set in a moment. */
const mostFormulaChars = 3_000

export interface FormulaPlace {
  from: number
  to: number
}

interface FormulasInText {
  closed: FormulaPlace[]
  /** where one begins that is still being written, or may be */
  cutAt: number | undefined
  /** that one is none of an amount of money, nor of a shell's variable */
  isCutSure: boolean
}

/**
 * Finds `$$…$$`, `\[…\]`, `\(…\)`, and `$…$` where it is clearly maths. Code is not looked into.
 * @param isGrowing more is coming: what is open at the end may still be closed
 */
export function formulasIn(text: string, isGrowing: boolean): FormulasInText {
  const closed: FormulaPlace[] = []
  const signs = new RegExp(signsToSee, "gm")
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
      // A letter or a digit more, and it closes nothing.
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

/** Fences, other code, whatever a backslash protects, and dollars. */
const signsToSee = [`${linePrefix}(?<fence>${openingFence})`, "`+", "\\\\(?:[\\s\\S]|(?![\\s\\S]))", "\\$\\$?"].join(
  "|",
)

const closings: Record<string, string> = { $: "$", $$: "$$", "\\(": "\\)", "\\[": "\\]" }

/** @returns where the formula ends that begins here, "open" where only its end is missing, undefined where none begins */
function formulaEnd(text: string, index: number, opening: string): number | "open" | undefined {
  const from = index + opening.length
  if (text[index - 1] === "`" || (opening === "$" && !opensFormula(text, index))) return undefined
  const reach = text.slice(from, from + mostFormulaChars)
  const tokens = /\\[\s\S]|\$\$?|\n(?=[ \t>]*(\n))|\n/g
  for (let token = tokens.exec(reach); token; token = tokens.exec(reach)) {
    const body = reach.slice(0, token.index)
    const end = from + tokens.lastIndex
    if (token[0] === closings[opening]) return closesFormula(text, body, { opening, end }) ? end : undefined
    if (token[0] === opening || (opening === "$" && token[0] === "$$")) return undefined
    if (token[0] === "\n" && (opening === "$" || (token[1] && !isBlankAllowed(reach, token.index, opening))))
      return undefined
  }
  if (from + reach.length < text.length || isNoBeginning(reach, opening)) return undefined
  return hasTex(reach) || !isProse(reach) ? "open" : undefined
}

/** An empty line ends a paragraph, and with it a formula that was none. Around the formula itself it does no harm. */
function isBlankAllowed(reach: string, index: number, opening: string): boolean {
  if (opening === "\\(") return false
  const after = reach.slice(index).trimStart()
  return reach.slice(0, index).trim() === "" || after === "" || after.startsWith(closings[opening] ?? "")
}

/** An amount, or how expensive something is: "$5", "($$)". */
function isNoBeginning(reach: string, opening: string): boolean {
  return opening === "$" ? /^\d/.test(reach) : opening === "$$" && /^[$).,;:!?]/.test(reach)
}

function opensFormula(text: string, index: number): boolean {
  return !/[A-Za-z0-9$]/.test(text[index - 1] ?? "") && /\S/.test(text[index + 1] ?? "")
}

function closesFormula(text: string, body: string, { opening, end }: { opening: string; end: number }): boolean {
  if (body.trim() === "" || text[end] === "`") return false
  // A dollar more, or a word between them: how expensive something is.
  if (opening === "$$")
    return text[end] !== "$" && (hasTex(body) || (isClearlyMaths(body) && !/^\s*\p{Ll}{2}/u.test(body)))
  if (opening === "\\[") return hasTex(body) || /[<>+]/.test(body)
  if (opening === "\\(") return isClearlyMaths(body)
  // An amount is followed by its number, a variable by its name: "$5/$10", "$HOME/$USER".
  const goesOn = /^(?!(?:th|st|nd|rd|s)\b)[A-Za-z0-9]/.test(text.slice(end, end + 4))
  return !/\s$/.test(body) && !goesOn && isClearlyMaths(body)
}
