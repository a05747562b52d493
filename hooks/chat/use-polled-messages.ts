import { useEffect, useEffectEvent } from "react"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { readMessages } from "#lib/transports/chat-api.ts"
import { firstToAbort } from "#lib/transports/first-to-abort.ts"
import { readMs } from "../browser/use-refetch.ts"
import { isAsFar } from "./unfinished.ts"

const pollMs = 2_000

export interface PolledMessagesOptions {
  isEnabled: boolean
  chatId: string
  /** the messages on the page */
  messages: ChatMessage[]
  onMessages(messages: ChatMessage[]): void
}

/**
 * Polls the stored messages while an answer is being written whose stream cannot be followed. Ignores stored text that
 * lags behind what is shown. A hidden tab does not poll.
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
    async function poll(): Promise<void> {
      const signal = firstToAbort(over.signal, AbortSignal.timeout(readMs))
      // A failed read does not matter: the next one follows soon.
      const stored =
        document.visibilityState === "hidden" ? undefined : await readMessages(chatId, signal).catch(() => undefined)
      if (over.signal.aborted) return
      if (stored) take(stored)
      timer = setTimeout(() => void poll(), pollMs)
    }
    timer = setTimeout(() => void poll(), pollMs)
    return () => {
      clearTimeout(timer)
      over.abort()
    }
  }, [isEnabled, chatId])
}
