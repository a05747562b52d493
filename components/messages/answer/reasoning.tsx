import type { ReasoningUIPart } from "ai"
import { tookMsOf } from "#lib/chat-protocol.ts"
import { Fold } from "../../controls/fold.tsx"
import { texts } from "../../texts.ts"

/** Shows the thoughts of the model, collapsed, because they are not the answer. */
export function Reasoning({ part, isRunning }: { part: ReasoningUIPart; isRunning: boolean }) {
  if (part.text.trim() === "" && !isRunning) return null
  const tookMs = tookMsOf(part)
  const thought = tookMs === undefined ? texts.thought : texts.thoughtFor(tookMs)
  return (
    <Fold summary={isRunning ? `${texts.thinking}…` : thought} isRunning={isRunning} kind="thought">
      <p dir="auto" className="plain-text border-line border-s-2 ps-4 text-note text-quiet">
        {part.text}
      </p>
    </Fold>
  )
}
