import { LiveDot } from "../controls/live-dot.tsx"
import { texts } from "../texts.ts"

/** The dot of a chat in the list: it pulses while an answer is written, and is a ring while an answer is unread. */
export function ChatSign({ isRunning, isUnread }: { isRunning: boolean; isUnread: boolean }) {
  // Always takes its space, so that the title keeps its width.
  return (
    <span className="ms-auto flex w-2 shrink-0 items-center">
      {isRunning ? <LiveDot state="writing" /> : isUnread && <LiveDot state="unread" />}
      <span className="sr-only">{isRunning ? texts.writing : isUnread ? texts.unread : ""}</span>
    </span>
  )
}
