import { isToolUIPart } from "ai"
import { useEffect, useRef, useState } from "react"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { textOf } from "./message-text.ts"
import { texts } from "./texts.ts"

const mostSpokenChars = 2_000

/** Tells a screen reader the whole answer when it is there, not every word as it comes. */
export function Announcer({ messages, isWriting }: { messages: ChatMessage[]; isWriting: boolean }) {
  const [spoken, setSpoken] = useState("")
  const wasWriting = useRef(false)

  useEffect(() => {
    const last = messages.at(-1)
    if (wasWriting.current && !isWriting && last?.role === "assistant")
      setSpoken(
        `${isWaiting(last) ? texts.answerWaits : texts.answerFinished} ${textOf(last).slice(0, mostSpokenChars)}`,
      )
    wasWriting.current = isWriting
  }, [isWriting, messages])

  return (
    <p role="status" aria-live="polite" className="sr-only">
      {spoken}
    </p>
  )
}

function isWaiting(message: ChatMessage): boolean {
  return message.parts.some((part) => isToolUIPart(part) && part.state === "approval-requested")
}
