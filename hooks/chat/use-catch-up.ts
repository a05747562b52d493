import type { Chat } from "@ai-sdk/react"
import { useEffect, useEffectEvent, useRef } from "react"
import { type ChatMessage, isFinal, type UserEvent } from "#lib/chat-protocol.ts"
import { readMessages } from "#lib/transports/chat-api.ts"
import { useRefetch } from "../browser/use-refetch.ts"
import { isUnfinished, lagsBehind } from "./unfinished.ts"

interface CatchUpOptions {
  chat: Chat<ChatMessage>
  messages: ChatMessage[]
  isStreaming: boolean
  isResumable: boolean
}

export interface CatchUp {
  /** handles an event of the user's chats: if this chat has changed elsewhere, the page is updated */
  onUserEvent(event: UserEvent): void
  /** updates the page: the chat may have changed without an event */
  catchUp(): void
}

/**
 * Updates the page when the chat was continued in another tab or on another device: shows what is stored, and follows a
 * running answer. A hidden tab waits until it is visible, and one that receives an answer until that has ended.
 */
export function useCatchUp({ chat, messages, isStreaming, isResumable }: CatchUpOptions): CatchUp {
  const lastShown = messages.at(-1)?.id
  const missedEvents = useRef<UserEvent[]>([])
  const catchUp = useRefetch({
    isEnabled: !isStreaming,
    async read(signal) {
      const lastBefore = lastShown
      const stored = await readMessages(chat.id, signal)
      return stored && { stored, lastBefore }
    },
    onRead({ stored, lastBefore }) {
      // The chat is gone, or nothing of it is stored yet: the page stays as it is.
      if (stored.length === 0) return
      // The read began before a message was sent from here, so it does not include that.
      if (lastBefore !== lastShown) return catchUp()
      const unsent = unsentOf(messages, stored)
      // An answer cannot grow above an unsent message: it is shown when it has ended.
      if (unsent.length > 0 && isUnfinished(stored)) return
      if (lagsBehind(stored, messages)) return
      const shown = [...stored, ...unsent]
      if (!showsSame(shown, messages)) chat.messages = shown
      if (isResumable && isUnfinished(stored)) void chat.resumeStream()
    },
  })

  function onUserEvent(event: UserEvent): void {
    // While an answer is being received, most events are about that answer.
    if (isStreaming) missedEvents.current.push(event)
    else if (isMissing(event, chat.id, messages)) catchUp()
  }
  const handleMissed = useEffectEvent(() => {
    if (missedEvents.current.splice(0).some((event) => isMissing(event, chat.id, messages))) catchUp()
  })
  useEffect(() => {
    if (!isStreaming) handleMissed()
  }, [isStreaming])
  return { onUserEvent, catchUp }
}

/** @returns the last message if the server has not accepted it; it stays at the end, to be sent again */
function unsentOf(messages: ChatMessage[], stored: ChatMessage[]): ChatMessage[] {
  const last = messages.at(-1)
  return last?.role === "user" && !stored.some(({ id }) => id === last.id) ? [last] : []
}

function showsSame(stored: ChatMessage[], shown: ChatMessage[]): boolean {
  const isSame = (message: ChatMessage, index: number) =>
    message.id === shown[index]?.id && message.metadata?.status === (shown[index]?.metadata?.status ?? "COMPLETE")
  return stored.length === shown.length && stored.every(isSame)
}

/** Tells whether the event is about something in this chat that these messages lack. */
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
