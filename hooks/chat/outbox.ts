import type { ChatMessage } from "#lib/chat-protocol.ts"

/**
 * A message waits here from the moment it is sent until a page shows it as stored: a reload in between sends it again,
 * under the same id, so that it is neither lost nor answered twice. One message a chat, for as long as the tab lives.
 */
const keyOf = (chatId: string) => `rejoin:outbox:${chatId}`

type Message = Pick<ChatMessage, "id" | "parts" | "metadata">

interface Waiting {
  message: Message
  /** when the server said that it has it, in ms since 1970 */
  takenAtMs?: number
}

export function putInOutbox(chatId: string, message: Message): void {
  write(chatId, { message })
}

/** A page that is on its way already may have been rendered before: so the message stays for that one to see. */
export function markTaken(chatId: string): void {
  const waiting = read(chatId)
  if (waiting) write(chatId, { ...waiting, takenAtMs: nowMs() })
}

/** It is not to be sent any more. */
export function emptyOutbox(chatId: string): void {
  sessionStorage.removeItem(keyOf(chatId))
}

/** @returns the waiting message, unless the server had it before this page was asked for, or the page shows it */
export function takeFromOutbox(chatId: string, stored: ChatMessage[]): Message | undefined {
  const waiting = read(chatId)
  if (!waiting) return undefined
  emptyOutbox(chatId)
  const { message, takenAtMs = Number.POSITIVE_INFINITY } = waiting
  const isStored = takenAtMs < performance.timeOrigin || stored.some((known) => known.id === message.id)
  return isStored ? undefined : message
}

/** By the clock that `performance.timeOrigin` is read from, which no change of the computer's time moves. */
function nowMs(): number {
  return performance.timeOrigin + performance.now()
}

function read(chatId: string): Waiting | undefined {
  const text = sessionStorage.getItem(keyOf(chatId))
  return text === null ? undefined : (JSON.parse(text) as Waiting) // written below, by this tab
}

function write(chatId: string, waiting: Waiting): void {
  try {
    sessionStorage.setItem(keyOf(chatId), JSON.stringify(waiting))
  } catch {
    // The tab's room is full: the message is sent all the same, only not once more after a reload. Nor is an older one.
    emptyOutbox(chatId)
  }
}
