import { useLayoutEffect, useRef, useState } from "react"
import { showCode } from "./incremental-highlighter.ts"

interface HighlightedCodeProps {
  code: string
  /** as it was written in the fence; empty if there was none */
  language: string
  /** more code follows (default false) */
  isGrowing?: boolean
}

/** Shows code, and highlights it once it is visible. */
export function HighlightedCode({ code, language, isGrowing = false }: HighlightedCodeProps) {
  const place = useRef<HTMLElement>(null)
  // React renders the first text and never updates it: the highlighter changes the element from then on.
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
