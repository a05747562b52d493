import { memo, useLayoutEffect, useRef } from "react"
import { Block, type BlockProps } from "streamdown"
import { CodeBlock } from "./code-block.tsx"
import { fencedCodeIn } from "./fenced-code.ts"

/** Words that arrive together and are more than these are caught up, not written before our eyes. */
const caughtUpChars = 160

/**
 * A block of an answer. It is rendered anew only when its own text changes. What was caught up stands there at once; only
 * what comes after it fades in.
 */
export const LiveBlock = memo(function LiveBlock(props: BlockProps) {
  const fenced = fencedCodeIn(props.content)
  return fenced ? <CodeBlock {...fenced} isGrowing={!fenced.isClosed} /> : <FadingBlock {...props} />
}, isSameText)

/** That the answer has ended changes no block, though Streamdown then takes the fading away from each. */
function isSameText(one: BlockProps, other: BlockProps): boolean {
  return one.content === other.content
}

function FadingBlock(props: BlockProps) {
  const { content, animatePlugin } = props
  const seenChars = useRef(0)
  // Told in advance that everything was there before; after the commit the plugin knows the true number.
  if (content.length - seenChars.current > caughtUpChars) animatePlugin?.setPrevContentLength(Number.MAX_SAFE_INTEGER)
  useLayoutEffect(() => {
    seenChars.current = content.length
  }, [content])
  return <Block {...props} />
}
