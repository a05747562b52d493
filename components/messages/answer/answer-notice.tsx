import { ArrowRight, CircleAlert, CircleStop, type LucideIcon, RotateCw } from "lucide-react"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { LiveDot } from "../../controls/live-dot.tsx"
import { texts } from "../../texts.ts"
import { howItEnded } from "./how-it-ended.ts"

interface AnswerNoticeProps {
  message: ChatMessage
  onRetry: (() => void) | undefined
  onContinue: (() => void) | undefined
}

/** Explains an answer that failed, was stopped or cut, or that is being written without a stream to this page. */
export function AnswerNotice({ message, onRetry, onContinue }: AnswerNoticeProps) {
  const { status, error } = message.metadata ?? {}
  if (status === "STREAMING" || status === "SENDING")
    return (
      <p className="mt-1.5 flex items-center gap-2 text-note text-quiet">
        <LiveDot state={error ? "reconnecting" : "writing"} />
        {error?.message ?? texts.stillBeingWritten}
      </p>
    )
  const end = howItEnded(message)
  if (!end) return null
  return (
    <Notice
      isFailure={end.isFailure}
      onRetry={end.isWorthRetrying ? onRetry : undefined}
      onContinue={end.isWorthContinuing ? onContinue : undefined}
    >
      {end.sentence}
    </Notice>
  )
}

interface NoticeProps {
  children: string
  isFailure?: boolean
  onRetry?: (() => void) | undefined
  onContinue?: (() => void) | undefined
}

/** Shows a sentence about what happened, with buttons to retry or continue. */
export function Notice({ children, isFailure = true, onRetry, onContinue }: NoticeProps) {
  const Icon = isFailure ? CircleAlert : CircleStop
  return (
    <div className="mt-1.5 flex items-start gap-2 text-note">
      <Icon
        aria-hidden
        size={16}
        strokeWidth={1.75}
        className={`mt-0.5 shrink-0 ${isFailure ? "text-failed" : "text-quiet"}`}
      />
      {/* On a narrow screen the buttons wrap below the sentence together. */}
      <div className="flex min-w-0 flex-wrap items-start gap-x-3 gap-y-1 pointer-coarse:gap-y-3">
        <p className={isFailure ? "text-failed" : "text-quiet"}>{children}</p>
        {(onContinue || onRetry) && (
          <div className="-ms-2 flex gap-1">
            {onContinue && <Action icon={ArrowRight} label={texts.continue} testId="continue" onClick={onContinue} />}
            {onRetry && <Action icon={RotateCw} label={texts.retry} testId="retry" onClick={onRetry} />}
          </div>
        )}
      </div>
    </div>
  )
}

interface ActionProps {
  icon: LucideIcon
  label: string
  testId: string
  onClick(): void
}

function Action({ icon: Icon, label, testId, onClick }: ActionProps) {
  return (
    <button
      type="button"
      onClick={onClick}
      data-testid={testId}
      className="-my-1 flex min-h-7 shrink-0 items-center gap-1.5 rounded-lg px-2 font-medium text-accent transition-colors duration-150 hover:bg-soft pointer-coarse:-my-3 pointer-coarse:min-h-11"
    >
      <Icon aria-hidden size={13} strokeWidth={2.25} />
      {label}
    </button>
  )
}
