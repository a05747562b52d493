import { memo, useLayoutEffect, useRef } from "react"
import { Block, type BlockProps } from "streamdown"
import { CodeBlock } from "./code/code-block.tsx"
import { fencedCodeIn } from "./code/fenced-code.ts"

/** More text than this at once is catching up, and does not fade in. */
const caughtUpChars = 160

/**
 * A block of an answer, rendered again only when its own text changes. New words fade in; text that catches up appears at
 * once.
 */
export const LiveBlock = memo(function LiveBlock(props: BlockProps) {
  const fenced = fencedCodeIn(props.content)
  // An empty code block is shown as its source.
  if (fenced?.code.trim() === "") return <p>{props.content.trim()}</p>
  if (fenced) return <CodeBlock {...fenced} isGrowing={!fenced.isClosed} />
  return <FadingBlock {...props} />
}, isSame)

/** The end of an answer changes other props of every block, but needs no new rendering. */
function isSame(one: BlockProps, other: BlockProps): boolean {
  return one.content === other.content
}

function FadingBlock(props: BlockProps) {
  const { content, animatePlugin } = props
  const seenChars = useRef(0)
  const hasFaded = useRef(false)
  const wasThereBefore = !hasFaded.current && seenChars.current > 0
  // Tells the plugin that all text was there before. After the commit it counts the true length itself.
  if (wasThereBefore || content.length - seenChars.current > caughtUpChars)
    animatePlugin?.setPrevContentLength(Number.MAX_SAFE_INTEGER)
  useLayoutEffect(() => {
    seenChars.current = content.length
    hasFaded.current = animatePlugin !== undefined && animatePlugin !== null
  }, [content, animatePlugin])
  return <Block {...props} />
}
