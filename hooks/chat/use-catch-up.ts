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
  /** something happened in the user's chats: if it was in this one and is not known here, it is shown */
  hear(event: UserEvent): void
  /** something may have happened in this chat without a word */
  catchUp(): void
}

/**
 * Another tab or device may have gone on with this chat: what is stored is shown then, and what is being written followed.
 * A tab that nobody looks at does so when somebody does, and one that reads an answer when that has ended.
 */
export function useCatchUp({ chat, messages, isStreaming, isResumable }: CatchUpOptions): CatchUp {
  const lastShown = messages.at(-1)?.id
  const heardMeanwhile = useRef<UserEvent[]>([])
  const catchUp = useRefetch({
    isEnabled: !isStreaming,
    async read(signal) {
      const lastBefore = lastShown
      const stored = await readMessages(chat.id, signal)
      return stored && { stored, lastBefore }
    },
    onRead({ stored, lastBefore }) {
      // It is gone, or nothing of it is stored yet: what is on show stays.
      if (stored.length === 0) return
      // Asked for before something was sent from here, which has ended by now: what was read does not know of it.
      if (lastBefore !== lastShown) return catchUp()
      const unsent = unsentOf(messages, stored)
      // Beside a message that was not taken there is no room for an answer that grows: it is shown when it has ended.
      if (unsent.length > 0 && isUnfinished(stored)) return
      if (lagsBehind(stored, messages)) return
      const shown = [...stored, ...unsent]
      if (!isKnown(shown, messages)) chat.messages = shown
      if (isResumable && isUnfinished(stored)) void chat.resumeStream()
    },
  })

  function hear(event: UserEvent): void {
    // Most of what is heard while an answer is read here is told by that.
    if (isStreaming) heardMeanwhile.current.push(event)
    else if (isMissing(event, chat.id, messages)) catchUp()
  }
  const hearAgain = useEffectEvent(() => {
    if (heardMeanwhile.current.splice(0).some((event) => isMissing(event, chat.id, messages))) catchUp()
  })
  useEffect(() => {
    if (!isStreaming) hearAgain()
  }, [isStreaming])
  return { hear, catchUp }
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
