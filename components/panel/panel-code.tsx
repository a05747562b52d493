import { useLayoutEffect, useRef, useState } from "react"
import { showCode } from "../markdown/code-painter.ts"
import { texts } from "../texts.ts"

/** More than this nobody reads, and a browser takes its time to lay it out. */
const mostShownChars = 300_000

/** A text as it is, in the colours of its language where it has one. */
export function PanelCode({ text, language }: { text: string; language: string }) {
  const isCut = text.length > mostShownChars
  const code = isCut ? text.slice(0, mostShownChars) : text
  const place = useRef<HTMLElement>(null)
  // React writes the first text and never looks at it again: what it becomes is the painter's.
  const [firstCode] = useState(code)

  useLayoutEffect(() => {
    if (place.current) showCode(place.current, { code, isGrowing: false })
  }, [code])

  return (
    <>
      {isCut && <p className="px-5 pt-3 text-note text-quiet">{texts.panel.cutText(mostShownChars)}</p>}
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        tabIndex={0}
        data-testid="panel-code"
        className="min-h-0 flex-1 overflow-auto overscroll-contain px-5 py-4 font-mono text-[0.8125rem] leading-5 outline-offset-[-2px] [tab-size:2]"
      >
        <code ref={place} data-language={language}>
          {firstCode}
        </code>
      </pre>
    </>
  )
}
