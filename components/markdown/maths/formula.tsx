import { useMemo, useSyncExternalStore } from "react"
import { Listeners } from "#hooks/browser/listeners.ts"
import { type Formula, formulaOf } from "./marked-formulas.ts"

/** @returns HTML of a formula; undefined for what TeX cannot read, or not in good time */
type RenderFormula = (formula: Formula) => string | undefined

/** A formula in its line, or in lines of its own, where a wide one scrolls in itself. What cannot be read is its source. */
export function FormulaView({ written }: { written: string }) {
  const { render, isAbsent } = useMaths()
  const formula = useMemo(() => formulaOf(written), [written])
  const html = useMemo(() => render?.(formula), [render, formula])

  if (html === undefined)
    return (
      <code dir="ltr" className={render || isAbsent ? undefined : "invisible"}>
        {written}
      </code>
    )
  const shown = { dir: "ltr", dangerouslySetInnerHTML: { __html: html } }
  if (!formula.isDisplay && !isWide(formula)) return <span {...shown} />
  // Focusable, so that the arrow keys can scroll it.
  // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
  return <span className={formula.isDisplay ? "formula-display" : "formula-wide"} tabIndex={0} {...shown} />
}

/** No line of a phone can hold it, and what stands in braces is not broken. */
const isWide = ({ source }: Formula) => source.length > 50 && source.includes("{")

interface Maths {
  render: RenderFormula | undefined
  /** it could not be had, and is asked for again with the next answer */
  isAbsent: boolean
}

export function useMaths(): Maths {
  return useSyncExternalStore(listeners.add, current, current)
}

/** Resolves once formulas can be shown, with their style and letters, or it is known that they cannot be. */
export async function loadMaths(): Promise<void> {
  loading ??= Promise.all([import("./katex.ts"), import("./katex-style.tsx")]).then(
    async ([{ renderFormula }]) => {
      await lettersThere()
      tell({ render: renderFormula, isAbsent: false })
    },
    () => {
      loading = undefined
      tell({ render: undefined, isAbsent: true })
    },
  )
  await loading
}

/** What comes after the formula would move it. But who cannot have the letters shall not wait for them. */
async function lettersThere(): Promise<void> {
  const fonts = typeof document === "undefined" ? undefined : document.fonts
  if (!fonts) return
  const letters = Promise.all(fontsOfMost.map((font) => fonts.load(font))).catch(() => undefined)
  await Promise.race([letters, new Promise((resolve) => setTimeout(resolve, longestWaitMs))])
}

const longestWaitMs = 2_000
const sizes = ["KaTeX_Size1", "KaTeX_Size2", "KaTeX_Size3", "KaTeX_Size4"]
const fontsOfMost = ["1em KaTeX_Main", "italic 1em KaTeX_Math", ...sizes.map((size) => `1em ${size}`)]

let maths: Maths = { render: undefined, isAbsent: false }
let loading: Promise<void> | undefined
const listeners = new Listeners()

function tell(now: Maths): void {
  maths = now
  listeners.notify()
}

const current = () => maths
