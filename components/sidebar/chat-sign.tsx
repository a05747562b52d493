import { LiveDot } from "../controls/live-dot.tsx"
import { texts } from "../texts.ts"

/** A chat's sign in the list: breathing while it is written, a ring when it was answered and not looked at since. */
export function ChatSign({ isRunning, isUnread }: { isRunning: boolean; isUnread: boolean }) {
  // It has its place at all times, so that a title is never cut anew.
  return (
    <span className="ms-auto flex w-2 shrink-0 items-center">
      {isRunning ? <LiveDot state="writing" /> : isUnread && <LiveDot state="unread" />}
      <span className="sr-only">{isRunning ? texts.writing : isUnread ? texts.unread : ""}</span>
    </span>
  )
}
