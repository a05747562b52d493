import type { ListedChat } from "#hooks/use-user-events.ts"
import { type ChatMessage, isFinal, textOf } from "#lib/chat-protocol.ts"
import { beginningOf } from "#lib/text.ts"

const titleChars = 60

interface CurrentChat {
  /** undefined until the first message of a new chat is sent */
  chatId: string | undefined
  agent: string
  messages: ChatMessage[]
  isWriting: boolean
}

/**
 * Corrects the server's list of chats by what this page knows first: whether the current chat is being written, and that
 * it exists if it is new.
 */
export function withCurrentChat(chats: ListedChat[], current: CurrentChat): ListedChat[] {
  const { chatId, agent, messages, isWriting } = current
  if (chatId === undefined || messages.length === 0) return chats
  const last = messages.at(-1)
  const isEnded = last?.role === "assistant" && isFinal(last.metadata?.status ?? "COMPLETE")
  const corrected = chats.map((chat) =>
    chat.id === chatId ? { ...chat, isRunning: isWriting || (chat.isRunning && !isEnded) } : chat,
  )
  if (corrected.some(({ id }) => id === chatId)) return corrected
  return [
    { id: chatId, agent, title: titleFrom(messages), updatedAt: "", isRunning: isWriting, isUnread: false },
    ...corrected,
  ]
}

function titleFrom(messages: ChatMessage[]): string {
  const first = messages.find(({ role }) => role === "user")
  return first ? beginningOf(textOf(first.parts).replace(/\s+/g, " ").trim(), titleChars) : ""
}
