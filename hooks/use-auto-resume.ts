import { useEffect, useEffectEvent, useRef } from "react"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { isUnfinished } from "./chat/unfinished.ts"

/** Longer than one attempt takes. */
const retryMs = 15_000

export interface AutoResumeOptions {
  /** false: resuming is switched off, or there is no stored chat yet */
  isEnabled: boolean
  /** first as stored when the page was rendered, then as shown */
  messages: ChatMessage[]
  /** a stream is being received already */
  isStreaming: boolean
  /** no stream gets through, so the stored answer is shown: keeps trying to get a stream */
  isSilent: boolean
  resume(): void
}

/**
 * Reattaches to an answer that is still being written: when the page opens and its last stored message is the user's or
 * unfinished, when the network returns, and when the tab becomes visible. A hidden tab waits until then. Under
 * StrictMode the page opens only once.
 */
export function useAutoResume(options: AutoResumeOptions): void {
  const hasResumedOnMount = useRef(false)
  const resumeIfUnfinished = useEffectEvent(() => {
    if (document.visibilityState === "hidden") return
    if (options.isEnabled && !options.isStreaming && isUnfinished(options.messages)) options.resume()
  })

  useEffect(() => {
    if (!hasResumedOnMount.current) {
      hasResumedOnMount.current = true
      resumeIfUnfinished()
    }
    const onPageShow = (event: PageTransitionEvent) => {
      if (event.persisted) resumeIfUnfinished()
    }
    window.addEventListener("online", resumeIfUnfinished)
    window.addEventListener("pageshow", onPageShow)
    document.addEventListener("visibilitychange", resumeIfUnfinished)
    return () => {
      window.removeEventListener("online", resumeIfUnfinished)
      window.removeEventListener("pageshow", onPageShow)
      document.removeEventListener("visibilitychange", resumeIfUnfinished)
    }
  }, [])

  const { isSilent } = options
  useEffect(() => {
    if (!isSilent) return
    const timer = setInterval(() => resumeIfUnfinished(), retryMs)
    return () => clearInterval(timer)
  }, [isSilent])
}
