import { type ComponentProps, type ComponentType, useEffect, useState } from "react"
import {
  type Components,
  defaultRehypePlugins,
  defaultRemarkPlugins,
  Streamdown,
  type StreamdownProps,
} from "streamdown"
import { Citation } from "../messages/sources.tsx"
import { texts } from "../texts.ts"
import { CodeBlock } from "./code-block.tsx"
import { copyCodeOnClick } from "./copy-code.ts"
import { GrowingTable } from "./growing-table.tsx"
import { LiveBlock } from "./live-block.tsx"
import { breaksOnly } from "./markdown-breaks.ts"
import { citations, citedNumber } from "./markdown-citations.ts"
import { readable } from "./markdown-reading.ts"
import { isSafeLink, SafeLink } from "./safe-link.tsx"

interface MarkdownBlocksProps {
  text: string
  isLive: boolean
  /** the text stood there before: only what comes after it fades in */
  wasShown: boolean
}

/** Markdown as blocks, of which only the last is rendered anew while it grows. */
export function MarkdownBlocks({ text, isLive, wasShown }: MarkdownBlocksProps) {
  const [isStill, setStill] = useState(wasShown)
  useEffect(() => setStill(false), [])

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/noStaticElementInteractions: the buttons inside take keys
    <div className="markdown" onClick={copyCodeOnClick}>
      <Streamdown {...settings} isAnimating={isLive && !isStill}>
        {text}
      </Streamdown>
    </div>
  )
}

const { sanitize } = defaultRehypePlugins

const settings: StreamdownProps = {
  // HTML stays text: no plugin is there that would parse it.
  rehypePlugins: sanitize ? [sanitize, readable] : [readable],
  remarkPlugins: [...Object.values(defaultRemarkPlugins), breaksOnly, citations],
  urlTransform: (url, name) => (name === "href" && isSafeLink(url) ? url : undefined),
  linkSafety: { enabled: false },
  BlockComponent: LiveBlock,
  animated: { animation: "fadeIn", duration: 120, stagger: 0 },
  components: {
    ...plain("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "hr", "strong", "code"),
    ...plain("thead", "tbody", "tr", "th", "td", "sup", "sub", "section"),
    a: ({ href, children }) => {
      const number = citedNumber(href)
      return number ? <Citation number={number}>{children}</Citation> : <SafeLink href={href}>{children}</SafeLink>
    },
    // Never an image: to load one tells its host what the model has read.
    img: ({ alt }) => <span className="text-quiet">[{texts.imageBlocked(alt ?? "")}]</span>,
    pre: NestedCode,
    table: ({ dir, children }) => <GrowingTable dir={dir}>{children}</GrowingTable>,
  },
}

/** The tags themselves: how they look is in one CSS file, not in the renderer's classes. */
function plain(...tags: (keyof HTMLElementTagNameMap)[]) {
  return Object.fromEntries(tags.map((tag) => [tag, tag]))
}

type PreProps = ComponentProps<Extract<NonNullable<Components["pre"]>, ComponentType>>

/** Code that stands in a list or a quote, or is only indented. */
function NestedCode({ node }: PreProps) {
  const code = node?.children[0]
  if (code?.type !== "element") return null
  const classNames = code.properties["className"]
  const language = Array.isArray(classNames) ? String(classNames[0]).replace("language-", "") : ""
  const first = code.children[0]
  return <CodeBlock code={first?.type === "text" ? first.value : ""} language={language} isGrowing={false} />
}
