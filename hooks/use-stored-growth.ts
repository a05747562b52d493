import { useEffect, useEffectEvent } from "react"
import type { ChatMessage } from "#lib/chat-protocol.ts"

const rereadMs = 2_000

/** Where an answer is being written and cannot be followed, its stored text is read again until it is final. */
export function useStoredGrowth(options: {
  isEnabled: boolean
  chatId: string
  onMessages(messages: ChatMessage[]): void
}): void {
  const { isEnabled, chatId } = options
  const reread = useEffectEvent(async () => {
    const response = await fetch(`/api/chat/${chatId}/messages`, { cache: "no-store" })
    if (response.ok) options.onMessages(((await response.json()) as { messages: ChatMessage[] }).messages)
  })
  useEffect(() => {
    if (!isEnabled) return
    // A reread that fails is made good by the next one.
    const timer = setInterval(() => void reread().catch(() => undefined), rereadMs)
    return () => clearInterval(timer)
  }, [isEnabled])
}
