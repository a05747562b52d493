import { useEffect, useEffectEvent, useRef } from "react"
import { type ChatMessage, isFinal } from "#lib/chat-protocol.ts"

export interface AutoResumeOptions {
  /** false: resuming is switched off, or there is no stored chat yet */
  isEnabled: boolean
  /** as stored when the page was rendered, then as shown */
  messages: ChatMessage[]
  /** a stream is being read already */
  isStreaming: boolean
  resume(): void
}

/**
 * Reattaches to an answer that is still being written: when the page opens and its last stored message is the
 * user's or unfinished, when the network returns, and when the tab comes into view. Once under StrictMode.
 */
export function useAutoResume(options: AutoResumeOptions): void {
  const hasResumedOnMount = useRef(false)
  const resumeIfUnfinished = useEffectEvent(() => {
    if (options.isEnabled && !options.isStreaming && isUnfinished(options.messages)) options.resume()
  })

  useEffect(() => {
    if (!hasResumedOnMount.current) {
      hasResumedOnMount.current = true
      resumeIfUnfinished()
    }
    const onVisible = () => {
      if (document.visibilityState === "visible") resumeIfUnfinished()
    }
    const onPageShow = (event: PageTransitionEvent) => {
      if (event.persisted) resumeIfUnfinished()
    }
    window.addEventListener("online", resumeIfUnfinished)
    window.addEventListener("pageshow", onPageShow)
    document.addEventListener("visibilitychange", onVisible)
    return () => {
      window.removeEventListener("online", resumeIfUnfinished)
      window.removeEventListener("pageshow", onPageShow)
      document.removeEventListener("visibilitychange", onVisible)
    }
  }, [])
}

/** An answer is owed: to the user's message, or to the end of an answer that was begun. */
function isUnfinished(messages: ChatMessage[]): boolean {
  const last = messages.at(-1)
  if (!last) return false
  return last.role === "user" || !isFinal(last.metadata?.status ?? "COMPLETE")
}
