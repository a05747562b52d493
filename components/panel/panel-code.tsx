import { beginningOf } from "#lib/text.ts"
import { HighlightedCode } from "../markdown/code/highlighted-code.tsx"
import { texts } from "../texts.ts"

/** Nobody reads more than this, and browsers are slow to lay it out. */
const maxShownChars = 300_000

/** Shows a text as it is, highlighted if its language is known. */
export function PanelCode({ text, language }: { text: string; language: string }) {
  const isCut = text.length > maxShownChars
  const code = isCut ? beginningOf(text, maxShownChars) : text
  return (
    <>
      {isCut && <p className="px-5 pt-3 text-note text-quiet">{texts.panel.cutText(maxShownChars)}</p>}
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        tabIndex={0}
        data-testid="panel-code"
        className="min-h-0 flex-1 overflow-auto overscroll-contain px-5 py-4 font-mono text-note outline-offset-[-2px] [tab-size:2]"
      >
        <HighlightedCode code={code} language={language} />
      </pre>
    </>
  )
}
