import { useContext } from "react"
import type { MessageMetadata } from "#lib/chat-protocol.ts"
import { LocalTime } from "../../controls/local-time.tsx"
import { isWithinDay } from "../../controls/time-text.ts"
import { texts } from "../../texts.ts"
import { Models } from "./answer-model.tsx"

/** Notes what was left out of the request, and until when a busy model asks to wait. */
export function AnswerNotes({ metadata }: { metadata: MessageMetadata | undefined }) {
  const { leftOut = [], model = "", error } = metadata ?? {}
  const name = useContext(Models).find(({ id }) => id === model)?.name ?? model
  if (leftOut.length === 0 && !error?.retryAt) return null
  return (
    <div data-testid="answer-notes" className="mt-1.5 text-note text-quiet">
      {leftOut.map((kind) => (
        <p key={kind}>{texts.leftOut[kind](name)}</p>
      ))}
      {error?.retryAt && (
        <p>
          {texts.busyUntil} <LocalTime at={error.retryAt} isToday={isWithinDay(error.retryAt)} />.
        </p>
      )}
    </div>
  )
}
