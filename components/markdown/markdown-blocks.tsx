import dynamic from "next/dynamic"
import { type ComponentProps, type ComponentType, lazy, type ReactNode, useEffect, useMemo, useState } from "react"
import remarkGfm from "remark-gfm"
import { type Components, defaultRehypePlugins, Streamdown, type StreamdownProps } from "streamdown"
import { texts } from "../texts.ts"
import { Citation } from "./citation.tsx"
import { CodeBlock } from "./code/code-block.tsx"
import { copyCodeOnClick } from "./code/copy-code.ts"
import { GrowingTable } from "./growing-table.tsx"
import { keepLiteralText } from "./literal-text.ts"
import { LiveBlock } from "./live-block.tsx"
import { breaksOnly } from "./markdown-breaks.ts"
import { citations, citedNumber } from "./markdown-citations.ts"
import { readable } from "./markdown-reading.ts"
import { ourSyntax } from "./markdown-syntax.ts"
import { FormulaView, loadMaths, useMaths } from "./maths/formula.tsx"
import { markedFormulas, markFormulas } from "./maths/marked-formulas.ts"
import { isSafeLink, SafeLink } from "./safe-link.tsx"
import { settled } from "./unsettled.ts"

interface MarkdownBlocksProps {
  text: string
  isLive: boolean
  /** the text was visible before: only later text fades in */
  wasShown: boolean
}

/** Renders Markdown in blocks, of which only the last is rendered again while the text grows. */
export function MarkdownBlocks({ text, isLive, wasShown }: MarkdownBlocksProps) {
  const [isStill, setStill] = useState(wasShown)
  useEffect(() => setStill(false), [])
  const { shown, hasFormulas } = useFormulas(text, isLive)
  const blocks = (
    <Streamdown {...settings} isAnimating={isLive && !isStill}>
      {shown}
    </Streamdown>
  )

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/noStaticElementInteractions: the buttons inside take keys
    <div className="markdown" onClick={copyCodeOnClick}>
      {hasFormulas && typeof window === "undefined" ? <MathsOnServer>{blocks}</MathsOnServer> : blocks}
    </div>
  )
}

export { loadMaths }

/** Loads the renderer of formulas for the first one. Until it is loaded, a growing text stops in front of it. */
function useFormulas(text: string, isLive: boolean): { shown: string; hasFormulas: boolean } {
  const { render, isAbsent } = useMaths()
  const marked = useMemo(() => markFormulas(text, isLive), [text, isLive])
  const hasFormulas = marked.formulasFrom !== undefined
  const isWaiting = isLive && !render && !isAbsent

  useEffect(() => {
    if (hasFormulas) void loadMaths()
  }, [hasFormulas])

  const shown = isWaiting ? marked.text.slice(0, marked.formulasFrom) : marked.text
  return { shown: useMemo(() => (isLive ? settled(shown) : shown), [shown, isLive]), hasFormulas }
}

const KatexStyle = dynamic(() => import("./maths/katex-style.tsx"))

// Without a Suspense boundary, like the blocks themselves.
const MathsOnServer = lazy(async () => {
  await loadMaths()
  return {
    default: ({ children }: { children: ReactNode }) => (
      <>
        <KatexStyle />
        {children}
      </>
    ),
  }
})

const { sanitize } = defaultRehypePlugins

const settings: StreamdownProps = {
  // HTML stays text, because no plugin parses it.
  rehypePlugins: sanitize ? [sanitize, markedFormulas, readable] : [markedFormulas, readable],
  remarkPlugins: [[remarkGfm, { singleTilde: false }], ourSyntax, breaksOnly, keepLiteralText, citations],
  urlTransform: (url, name) => (name === "href" && isSafeLink(url) ? url : undefined),
  linkSafety: { enabled: false },
  // Incomplete syntax is held back (unsettled.ts), so Streamdown need not guess how it ends.
  parseIncompleteMarkdown: false,
  BlockComponent: LiveBlock,
  animated: { animation: "fadeIn", duration: 120, stagger: 0 },
  components: {
    ...plain("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "hr", "strong", "code"),
    ...plain("thead", "tbody", "tr", "th", "td", "sup", "sub", "section"),
    a: ({ href, children }) => {
      const number = citedNumber(href)
      return number ? <Citation number={number}>{children}</Citation> : <SafeLink href={href}>{children}</SafeLink>
    },
    // Loads no images: a request would leak to its host what the model has read.
    img: ({ alt }) => <span className="text-quiet">[{texts.imageBlocked(alt ?? "")}]</span>,
    formula: ({ written }) => <FormulaView written={String(written)} />,
    pre: NestedCode,
    table: ({ dir, children }) => <GrowingTable dir={dir}>{children}</GrowingTable>,
  },
}

/** Renders plain tags, which one CSS file styles, instead of the renderer's own classes. */
function plain(...tags: (keyof HTMLElementTagNameMap)[]) {
  return Object.fromEntries(tags.map((tag) => [tag, tag]))
}

type PreProps = ComponentProps<Extract<NonNullable<Components["pre"]>, ComponentType>>

/** Code inside a list or a quotation, or code that is only indented. */
function NestedCode({ node }: PreProps) {
  const code = node?.children[0]
  if (code?.type !== "element") return null
  const classNames = code.properties["className"]
  const language = Array.isArray(classNames) ? String(classNames[0]).replace("language-", "") : ""
  const first = code.children[0]
  return <CodeBlock code={first?.type === "text" ? first.value : ""} language={language} isGrowing={false} />
}
