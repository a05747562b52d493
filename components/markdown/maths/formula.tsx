import { useMemo, useSyncExternalStore } from "react"
import { Listeners } from "#hooks/browser/listeners.ts"
import { type Formula, formulaOf } from "./marked-formulas.ts"

/** @returns the HTML of a formula; undefined if it is not valid TeX, or too complex */
type RenderFormula = (formula: Formula) => string | undefined

/** Renders a formula inline or as a block, where wide ones scroll. Invalid formulas are shown as their source. */
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

/** Too wide for a line on a phone; lines do not break within braces. */
const isWide = ({ source }: Formula) => source.length > 50 && source.includes("{")

interface Maths {
  render: RenderFormula | undefined
  /** loading failed; the next answer tries again */
  isAbsent: boolean
}

export function useMaths(): Maths {
  return useSyncExternalStore(listeners.add, current, current)
}

/** Resolves when formulas can be rendered, with their style and fonts, or loading has failed. */
export async function loadMaths(): Promise<void> {
  loading ??= Promise.all([import("./katex.ts"), import("./katex-style.tsx")]).then(
    async ([{ renderFormula }]) => {
      await fontsLoaded()
      publish({ render: renderFormula, isAbsent: false })
    },
    () => {
      loading = undefined
      publish({ render: undefined, isAbsent: true })
    },
  )
  await loading
}

/** Waits for the fonts, which would otherwise shift the text when they load. Gives up after a while. */
async function fontsLoaded(): Promise<void> {
  const fonts = typeof document === "undefined" ? undefined : document.fonts
  if (!fonts) return
  const loaded = Promise.all(fontsOfMost.map((font) => fonts.load(font))).catch(() => undefined)
  await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, maxWaitMs))])
}

const maxWaitMs = 2_000
const sizes = ["KaTeX_Size1", "KaTeX_Size2", "KaTeX_Size3", "KaTeX_Size4"]
const fontsOfMost = ["1em KaTeX_Main", "italic 1em KaTeX_Math", ...sizes.map((size) => `1em ${size}`)]

let maths: Maths = { render: undefined, isAbsent: false }
let loading: Promise<void> | undefined
const listeners = new Listeners()

function publish(now: Maths): void {
  maths = now
  listeners.notify()
}

const current = () => maths
