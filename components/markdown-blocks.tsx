import { useLayoutEffect, useRef } from "react"
import {
  Block,
  type BlockProps,
  defaultRehypePlugins,
  defaultRemarkPlugins,
  Streamdown,
  type StreamdownProps,
} from "streamdown"
import { CodeBlock } from "./code-block.tsx"
import { breaksOnly } from "./markdown-breaks.ts"
import { isSafeLink, SafeLink } from "./safe-link.tsx"
import { texts } from "./texts.ts"

/** Markdown as blocks, of which only the last is rendered anew while it grows. */
export function MarkdownBlocks({ text, isLive }: { text: string; isLive: boolean }) {
  return (
    <div className="markdown">
      <Streamdown {...settings} isAnimating={isLive}>
        {text}
      </Streamdown>
    </div>
  )
}

/** Words that arrive together and are more than these are caught up, not written before our eyes. */
const caughtUpChars = 160

/** A block whose caught-up words stand there at once; only what comes after them fades in. */
function LiveBlock(props: BlockProps) {
  const { content, animatePlugin } = props
  const seenChars = useRef(0)
  // Told in advance that everything was there before; after the commit the plugin knows the true number.
  if (content.length - seenChars.current > caughtUpChars) animatePlugin?.setPrevContentLength(Number.MAX_SAFE_INTEGER)
  useLayoutEffect(() => {
    seenChars.current = content.length
  }, [content])
  return <Block {...props} />
}

const { sanitize } = defaultRehypePlugins

const settings: StreamdownProps = {
  // HTML stays text: no plugin is there that would parse it.
  rehypePlugins: sanitize ? [sanitize] : [],
  remarkPlugins: [...Object.values(defaultRemarkPlugins), breaksOnly],
  urlTransform: (url, name) => (name === "href" && (url.startsWith("#") || isSafeLink(url)) ? url : undefined),
  linkSafety: { enabled: false },
  BlockComponent: LiveBlock,
  animated: { animation: "fadeIn", duration: 120, stagger: 0 },
  components: {
    ...plain("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "hr", "strong", "code"),
    ...plain("thead", "tbody", "tr", "th", "td", "sup", "sub", "section"),
    a: ({ href, children }) => <SafeLink href={href}>{children}</SafeLink>,
    // Never an image: to load one tells its host what the model has read.
    img: ({ alt }) => <span className="text-quiet">[{texts.imageBlocked(alt ?? "")}]</span>,
    pre: CodeBlock,
    table: ({ children }) => (
      <div className="table-scroll">
        <table>{children}</table>
      </div>
    ),
  },
}

/** The tags themselves: how they look is in one CSS file, not in the renderer's classes. */
function plain(...tags: (keyof HTMLElementTagNameMap)[]) {
  return Object.fromEntries(tags.map((tag) => [tag, tag]))
}
