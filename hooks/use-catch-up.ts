import type { Chat } from "@ai-sdk/react"
import { useEffect, useEffectEvent, useState } from "react"
import { type ChatMessage, isFinal, type UserEvent } from "#lib/chat-protocol.ts"
import { isAsFar, isUnfinished } from "./unfinished.ts"
import { useIsVisible } from "./use-is-visible.ts"
import { readMessages } from "./use-stored-growth.ts"

const readMs = 10_000

interface CatchUpOptions {
  chat: Chat<ChatMessage>
  messages: ChatMessage[]
  isStreaming: boolean
  isResumable: boolean
}

/**
 * Another tab or device may have gone on with this chat: what is stored is shown then, and what is being written followed.
 * A tab that nobody looks at does so when somebody does.
 * @returns to be called when that is known
 */
export function useCatchUp({ chat, messages, isStreaming, isResumable }: CatchUpOptions): () => void {
  const [isBehind, setBehind] = useState(false)
  const isVisible = useIsVisible()

  const lastShown = useEffectEvent(() => messages.at(-1)?.id)
  const show = useEffectEvent((stored: ChatMessage[], lastBefore: string | undefined) => {
    if (isStreaming) return
    // Asked for before something was sent from here, which has ended by now: what was read does not know of it.
    if (lastBefore !== messages.at(-1)?.id) return setBehind(true)
    const unsent = unsentOf(messages, stored)
    // Beside a message that was not taken there is no room for an answer that grows: it is shown when it has ended.
    if (unsent.length > 0 && isUnfinished(stored)) return
    if (!isAsFar(stored, messages.slice(0, messages.length - unsent.length))) return
    const shown = [...stored, ...unsent]
    if (!isKnown(shown, messages)) chat.messages = shown
    if (isResumable && isUnfinished(stored)) void chat.resumeStream()
  })

  const isToRead = isBehind && isVisible
  useEffect(() => {
    if (!isToRead) return
    setBehind(false)
    const lastBefore = lastShown()
    // One that fails is made good by the next event.
    void readMessages(chat.id, AbortSignal.timeout(readMs)).then(
      (stored) => stored && show(stored, lastBefore),
      () => undefined,
    )
  }, [isToRead, chat])

  return () => setBehind(true)
}

/** What was sent from here and was not taken: it stays at the end, to be sent again. */
function unsentOf(messages: ChatMessage[], stored: ChatMessage[]): ChatMessage[] {
  const last = messages.at(-1)
  return last?.role === "user" && !stored.some(({ id }) => id === last.id) ? [last] : []
}

function isKnown(stored: ChatMessage[], shown: ChatMessage[]): boolean {
  const isSame = (message: ChatMessage, index: number) =>
    message.id === shown[index]?.id && message.metadata?.status === (shown[index]?.metadata?.status ?? "COMPLETE")
  return stored.length === shown.length && stored.every(isSame)
}

/** @returns the event tells of something in this chat that these messages lack */
export function isMissing(event: UserEvent, chatId: string, messages: ChatMessage[]): boolean {
  const find = (messageId: string) => messages.find(({ id }) => id === messageId)
  switch (event.type) {
    case "turn-started":
      return event.chatId === chatId && find(event.messageId) === undefined
    case "turn-ended":
      return event.chatId === chatId && !isFinal(find(event.messageId)?.metadata?.status ?? "SENDING")
    case "state": {
      const turn = event.running.find((candidate) => candidate.chatId === chatId)
      return turn ? find(turn.messageId) === undefined : isUnfinished(messages)
    }
    default:
      return false
  }
}
