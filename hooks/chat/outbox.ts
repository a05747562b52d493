import type { ChatMessage } from "#lib/chat-protocol.ts"
import { storedValue, tabItems } from "../browser/browser-storage.ts"

/**
 * Keeps a message from the moment it is sent until a page shows it as stored. A reload in between sends it again under
 * the same id, so that it is neither lost nor answered twice. Holds one message per chat, until the tab is closed.
 */
const keyOf = (chatId: string) => `rejoin:outbox:${chatId}`

type Message = Pick<ChatMessage, "id" | "parts" | "metadata">

interface Waiting {
  message: Message
  /** when the server accepted it, in ms since 1970 */
  acceptedAtMs?: number
}

export function putInOutbox(chatId: string, message: Message): void {
  write(chatId, { message })
}

/** Keeps the accepted message: a page that is loading may have been rendered before it was stored. */
export function markAccepted(chatId: string): void {
  const waiting = read(chatId)
  if (waiting) write(chatId, { ...waiting, acceptedAtMs: nowMs() })
}

/** Removes the message, so that it is not sent again. */
export function emptyOutbox(chatId: string): void {
  tabItems.remove(keyOf(chatId))
}

/** @returns the waiting message, unless the server accepted it before this page was requested, or the page shows it */
export function takeFromOutbox(chatId: string, stored: ChatMessage[]): Message | undefined {
  const waiting = read(chatId)
  if (!waiting) return undefined
  emptyOutbox(chatId)
  const { message, acceptedAtMs = Number.POSITIVE_INFINITY } = waiting
  const isStored = acceptedAtMs < performance.timeOrigin || stored.some((known) => known.id === message.id)
  return isStored ? undefined : message
}

/** Reads the clock of `performance.timeOrigin`, which ignores changes of the computer's time. */
function nowMs(): number {
  return performance.timeOrigin + performance.now()
}

function read(chatId: string): Waiting | undefined {
  return storedValue<Waiting>(tabItems.read(keyOf(chatId)), ({ message, acceptedAtMs }) => {
    if (typeof message !== "object" || message === null || !("id" in message) || !("parts" in message)) return false
    const isTimeKnown = acceptedAtMs === undefined || typeof acceptedAtMs === "number"
    return typeof message.id === "string" && Array.isArray(message.parts) && isTimeKnown
  })
}

function write(chatId: string, waiting: Waiting): void {
  // The message is sent all the same, but a reload would send an older one in its place.
  if (!tabItems.write(keyOf(chatId), JSON.stringify(waiting))) emptyOutbox(chatId)
}
