import { useLayoutEffect, useRef, useState } from "react"
import { showCode } from "./incremental-highlighter.ts"

interface HighlightedCodeProps {
  code: string
  /** as its author named it; empty where nobody did */
  language: string
  /** more of it is coming (default false) */
  isGrowing?: boolean
}

/** Code in the colours of its language, painted when somebody sees it. */
export function HighlightedCode({ code, language, isGrowing = false }: HighlightedCodeProps) {
  const place = useRef<HTMLElement>(null)
  // React writes the first text and never looks at it again: what it becomes is the painter's.
  const [firstCode] = useState(code)

  useLayoutEffect(() => {
    if (place.current) showCode(place.current, { code, isGrowing })
  }, [code, isGrowing])

  return (
    <code ref={place} data-language={language}>
      {firstCode}
    </code>
  )
}
