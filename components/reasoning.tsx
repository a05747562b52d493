import { Fold } from "./fold.tsx"
import { texts } from "./texts.ts"

/** What the model thought before it answered: folded, as it is not the answer. */
export function Reasoning({ text, isRunning }: { text: string; isRunning: boolean }) {
  if (text.trim() === "" && !isRunning) return null
  return (
    <Fold summary={isRunning ? `${texts.thinking}…` : texts.thought} isRunning={isRunning}>
      <p className="plain-text border-line border-l-2 pl-4 text-note text-quiet">{text}</p>
    </Fold>
  )
}
