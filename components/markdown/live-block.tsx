import { memo, useLayoutEffect, useRef } from "react"
import { Block, type BlockProps } from "streamdown"
import { CodeBlock } from "./code/code-block.tsx"
import { fencedCodeIn } from "./code/fenced-code.ts"

/** Words that arrive together and are more than these are caught up, not written before our eyes. */
const caughtUpChars = 160

/**
 * A block of an answer. It is rendered anew only when its own text changes. What was caught up stands there at once; only
 * what comes after it fades in.
 */
export const LiveBlock = memo(function LiveBlock(props: BlockProps) {
  const fenced = fencedCodeIn(props.content)
  // Code without a word in it is no box, but its signs.
  if (fenced?.code.trim() === "") return <p>{props.content.trim()}</p>
  if (fenced) return <CodeBlock {...fenced} isGrowing={!fenced.isClosed} />
  return <FadingBlock {...props} />
}, isSame)

/** That the answer has ended changes no block, though Streamdown then takes the fading away from each. */
function isSame(one: BlockProps, other: BlockProps): boolean {
  return one.content === other.content
}

function FadingBlock(props: BlockProps) {
  const { content, animatePlugin } = props
  const seenChars = useRef(0)
  const hasFaded = useRef(false)
  const wasThereBefore = !hasFaded.current && seenChars.current > 0
  // Told in advance that everything was there before; after the commit the plugin knows the true number.
  if (wasThereBefore || content.length - seenChars.current > caughtUpChars)
    animatePlugin?.setPrevContentLength(Number.MAX_SAFE_INTEGER)
  useLayoutEffect(() => {
    seenChars.current = content.length
    hasFaded.current = animatePlugin !== undefined && animatePlugin !== null
  }, [content, animatePlugin])
  return <Block {...props} />
}
