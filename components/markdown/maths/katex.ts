import katex, { type KatexOptions } from "katex"
import type { Formula } from "./marked-formulas.ts"

/** For comparison: a matrix of a hundred cells takes 60 kB. */
const maxHtmlChars = 250_000

/** @returns HTML, with MathML for screen readers; undefined for an invalid or maliciously complex formula */
export function renderFormula({ source, isDisplay }: Formula): string | undefined {
  if (refused.test(source)) return undefined
  try {
    const html = katex.renderToString(source, { ...settings, displayMode: isDisplay })
    return html.length > maxHtmlChars ? undefined : html
  } catch {
    // An invalid formula is shown as its source.
    return undefined
  }
}

const settings: KatexOptions = {
  // Allows no links, images, classes or styles.
  trust: false,
  // An unknown symbol would log a warning to the console; its source is shown instead.
  strict: (code: string) => (code === "unknownSymbol" ? "error" : "ignore"),
  errorColor: "currentColor",
  maxExpand: 300,
  maxSize: 20,
}

/** Commands that define macros, which can expand without limit, and those that write to the console. */
const refused =
  /\\(?:[egx]?def|(?:re)?newcommand|providecommand|(?:global|long)|(?:future)?let|(?:err)?message|show)(?![a-z])/i
