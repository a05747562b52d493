import { Check } from "lucide-react"
import { type DemoStep, demoTexts } from "./demo-texts.ts"

const order: DemoStep[] = ["ask", "open", "break"]

/** Lists the steps of the demo in order, and ticks those that are done. */
export function DemoGuide({ done }: { done: ReadonlySet<DemoStep> }) {
  const next = order.find((step) => !done.has(step))
  return (
    <ol aria-label={demoTexts.guide} className="grid gap-x-6 gap-y-2 md:grid-cols-3">
      {order.map((step, index) => {
        const isDone = done.has(step)
        const { title, line } = demoTexts.steps[step]
        return (
          <li
            key={step}
            aria-current={step === next ? "step" : undefined}
            data-testid={`step-${step}`}
            data-done={isDone}
            className="group/step flex gap-3 text-note"
          >
            <span
              aria-hidden
              className="mt-px grid size-[1.125rem] shrink-0 place-items-center rounded-full border border-line text-[0.6875rem] text-quiet leading-none group-aria-[current]/step:border-accent group-aria-[current]/step:text-accent group-data-[done=true]/step:border-accent group-data-[done=true]/step:bg-accent group-data-[done=true]/step:text-accent-text"
            >
              {isDone ? <Check size={11} strokeWidth={3} /> : index + 1}
            </span>
            <p className="text-quiet">
              <span className="font-medium group-aria-[current]/step:text-text">{title}</span>
              {isDone && <span className="sr-only"> ({demoTexts.done})</span>}
              <span className="max-md:group-data-[done=true]/step:sr-only"> · {line}</span>
            </p>
          </li>
        )
      })}
    </ol>
  )
}
