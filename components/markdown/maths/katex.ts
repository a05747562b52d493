import katex, { type KatexOptions } from "katex"
import type { Formula } from "./marked-formulas.ts"

/** A hundred cells of a matrix are 60 kB of it. */
const mostHtmlChars = 250_000

/** @returns HTML of a formula and, for whoever listens to it, MathML; undefined for what is none, or made to choke it */
export function renderFormula({ source, isDisplay }: Formula): string | undefined {
  if (refused.test(source)) return undefined
  try {
    const html = katex.renderToString(source, { ...settings, displayMode: isDisplay })
    return html.length > mostHtmlChars ? undefined : html
  } catch {
    // Nothing a reader could do: the source is shown.
    return undefined
  }
}

const settings: KatexOptions = {
  // No links, no images, no classes or styles of the author's.
  trust: false,
  // What it has no letter for makes it complain to the console: then the source is better.
  strict: (code: string) => (code === "unknownSymbol" ? "error" : "ignore"),
  errorColor: "currentColor",
  maxExpand: 300,
  maxSize: 20,
}

/** Commands that define others, with which little unfolds into much, and those that write to the console. */
const refused =
  /\\(?:[egx]?def|(?:re)?newcommand|providecommand|(?:global|long)|(?:future)?let|(?:err)?message|show)(?![a-z])/i
