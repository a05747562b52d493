import { Fold } from "./fold.tsx"
import { texts } from "./texts.ts"

/** What the model thought before it answered: folded, as it is not the answer. */
export function Reasoning({ text, isRunning }: { text: string; isRunning: boolean }) {
  if (text.trim() === "" && !isRunning) return null
  return (
    <Fold summary={isRunning ? `${texts.thinking}…` : texts.thought} isRunning={isRunning}>
      <p dir="auto" className="plain-text border-line border-s-2 ps-4 text-note text-quiet">
        {text}
      </p>
    </Fold>
  )
}
