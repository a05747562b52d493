import { Check, Copy } from "lucide-react"
import { useContext } from "react"
import { texts } from "../../texts.ts"
import { CodeActions } from "./code-actions.ts"
import { HighlightedCode } from "./highlighted-code.tsx"

interface CodeBlockProps {
  code: string
  /** as it was written in the fence; empty if there was none */
  language: string
  /** more code follows */
  isGrowing: boolean
}

/** A code block with its language and a copy button. Its frame has its final height from the first line on. */
export function CodeBlock({ code, language, isGrowing }: CodeBlockProps) {
  const Actions = useContext(CodeActions)
  return (
    <figure className="relative rounded-xl bg-soft">
      <figcaption className="flex h-10 items-center justify-between ps-4 pe-1 text-note text-quiet">
        <span className="me-auto">{language}</span>
        {Actions && <Actions code={code} language={language} />}
        {/* `copyCodeOnClick` handles the click, so that it also works in HTML from the server. */}
        <button
          type="button"
          data-copy-code
          aria-label={texts.copy}
          data-tooltip={texts.copy}
          data-side="below"
          data-align="end"
          className="copy-code inline-grid size-8 shrink-0 place-items-center rounded-lg transition-colors duration-150 hover:text-text pointer-coarse:size-11"
        >
          <Copy aria-hidden size={17} strokeWidth={1.75} />
          <Check aria-hidden size={17} strokeWidth={1.75} />
        </button>
      </figcaption>
      {/* Focusable, so that the arrow keys can scroll it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex lint/a11y/useSemanticElements: it scrolls, and is not a form field */}
      <pre role="group" aria-label={texts.codeIn(language)} tabIndex={0} dir="ltr">
        <HighlightedCode code={code} language={language} isGrowing={isGrowing} />
      </pre>
    </figure>
  )
}
