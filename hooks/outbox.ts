import type { ChatMessage } from "#lib/chat-protocol.ts"

/**
 * A message waits here from the moment it is sent until the server has taken it: a reload in between sends it again,
 * under the same id, so that it is neither lost nor answered twice. One message a chat, for as long as the tab lives.
 */
const keyOf = (chatId: string) => `rejoin:outbox:${chatId}`

export function putInOutbox(chatId: string, message: Pick<ChatMessage, "id" | "parts">): void {
  sessionStorage.setItem(keyOf(chatId), JSON.stringify(message))
}

export function clearOutbox(chatId: string): void {
  sessionStorage.removeItem(keyOf(chatId))
}

/** @returns the waiting message, unless the server has it already */
export function takeFromOutbox(chatId: string, stored: ChatMessage[]): Pick<ChatMessage, "id" | "parts"> | undefined {
  const text = sessionStorage.getItem(keyOf(chatId))
  if (text === null) return undefined
  clearOutbox(chatId)
  const message = JSON.parse(text) as Pick<ChatMessage, "id" | "parts"> // written above, by this tab
  return stored.some((known) => known.id === message.id) ? undefined : message
}
