import { Check, type LucideIcon, X } from "lucide-react"
import { type ReactNode, useId } from "react"
import { texts } from "../texts.ts"

interface ApprovalProps {
  /** a sentence */
  question: string
  /** the complete input of the tool call */
  input: ReactNode
  onDecide(approved: boolean): void
}

/** Asks whether a tool call may run. Its input is always shown, because nobody should approve what they cannot see. */
export function Approval({ question, input, onDecide }: ApprovalProps) {
  const questionId = useId()
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields
    <div role="group" aria-labelledby={questionId} data-testid="approval" className="grid gap-2 py-1 text-note">
      <p id={questionId} className="text-text">
        {question}
      </p>
      {input}
      <div className="flex gap-2">
        <Choice icon={Check} label={texts.approve} testId="approve" onClick={() => onDecide(true)} />
        <Choice icon={X} label={texts.deny} testId="deny" onClick={() => onDecide(false)} />
      </div>
    </div>
  )
}

interface ChoiceProps {
  icon: LucideIcon
  label: string
  testId: string
  onClick(): void
}

/** Both choices look alike, so that neither is suggested. */
function Choice({ icon: Icon, label, testId, onClick }: ChoiceProps) {
  return (
    <button
      type="button"
      onClick={onClick}
      data-testid={testId}
      className="flex min-h-8 items-center gap-1.5 rounded-lg border border-line px-3 font-medium text-text transition-colors duration-150 hover:bg-soft pointer-coarse:min-h-11 pointer-coarse:px-5"
    >
      <Icon aria-hidden size={14} strokeWidth={2} />
      {label}
    </button>
  )
}
