import { Check, type LucideIcon, X } from "lucide-react"
import { type ReactNode, useId } from "react"
import { texts } from "../texts.ts"

interface ApprovalProps {
  /** a sentence */
  question: string
  /** the complete input of the tool call */
  input: ReactNode
  /** a sentence on what the decision means */
  terms?: string
  labels?: { approve: string; deny: string }
  onDecide(approved: boolean): void
}

/** Asks whether a tool call may run. Its input is always shown, because nobody should approve what they cannot see. */
export function Approval({ question, input, terms, labels = ownLabels, onDecide }: ApprovalProps) {
  const questionId = useId()
  const inputId = useId()
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields
    <div role="group" aria-labelledby={questionId} data-testid="approval" className="grid gap-2 py-1 text-note">
      <p id={questionId} className="text-text">
        {question}
      </p>
      <div id={inputId} className="min-w-0">
        {input}
      </div>
      {terms && <p className="text-quiet">{terms}</p>}
      <div className="flex gap-2">
        <Choice icon={Check} label={labels.approve} about={inputId} testId="approve" onClick={() => onDecide(true)} />
        <Choice icon={X} label={labels.deny} about={inputId} testId="deny" onClick={() => onDecide(false)} />
      </div>
    </div>
  )
}

const ownLabels = { approve: texts.approve, deny: texts.deny }

interface ChoiceProps {
  icon: LucideIcon
  label: string
  /** id of the element that shows what is decided on: a screen reader reads it with the button */
  about: string
  testId: string
  onClick(): void
}

/** Both choices look alike, so that neither is suggested. */
function Choice({ icon: Icon, label, about, testId, onClick }: ChoiceProps) {
  return (
    <button
      type="button"
      onClick={onClick}
      aria-describedby={about}
      data-testid={testId}
      className="flex min-h-8 items-center gap-1.5 rounded-lg border border-line px-3 font-medium text-text transition-colors duration-150 hover:bg-soft pointer-coarse:min-h-11 pointer-coarse:px-5"
    >
      <Icon aria-hidden size={14} strokeWidth={2} />
      {label}
    </button>
  )
}
