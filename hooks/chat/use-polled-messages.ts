import { useEffect, useEffectEvent } from "react"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { readMessages } from "#lib/transports/chat-api.ts"
import { firstToAbort } from "#lib/transports/first-to-abort.ts"
import { readMs } from "../browser/use-refetch.ts"
import { isAsFar } from "./unfinished.ts"

const rereadMs = 2_000

export interface PolledMessagesOptions {
  isEnabled: boolean
  chatId: string
  /** as shown */
  messages: ChatMessage[]
  onMessages(messages: ChatMessage[]): void
}

/**
 * Where an answer is being written and cannot be followed, its stored text is read again until it is final. What lags
 * behind what is on show is not shown. A tab that nobody looks at reads nothing.
 */
export function usePolledMessages(options: PolledMessagesOptions): void {
  const { isEnabled, chatId } = options
  const take = useEffectEvent((stored: ChatMessage[]) => {
    if (isAsFar(stored, options.messages)) options.onMessages(stored)
  })

  useEffect(() => {
    if (!isEnabled) return
    const over = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    async function reread(): Promise<void> {
      const signal = firstToAbort(over.signal, AbortSignal.timeout(readMs))
      // One that fails is made good by the next.
      const stored =
        document.visibilityState === "hidden" ? undefined : await readMessages(chatId, signal).catch(() => undefined)
      if (over.signal.aborted) return
      if (stored) take(stored)
      timer = setTimeout(() => void reread(), rereadMs)
    }
    timer = setTimeout(() => void reread(), rereadMs)
    return () => {
      clearTimeout(timer)
      over.abort()
    }
  }, [isEnabled, chatId])
}
