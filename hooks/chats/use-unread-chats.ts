import { useSyncExternalStore } from "react"
import type { UserEvent } from "#lib/chat-protocol.ts"
import { localItems, storedValue } from "../browser/browser-storage.ts"
import { Listeners } from "../browser/listeners.ts"

/**
 * The chats with an unread answer. Stored in the browser for all its tabs, together with the chats whose answer was
 * still being written: one that ends while no page is open is unread, too.
 */
interface Attention {
  writing: string[]
  unread: string[]
}

const keyOf = (userKey: string) => `rejoin:unread:${userKey}`
const nothing: Attention = { writing: [], unread: [] }

export function updateUnread(userKey: string, event: UserEvent): void {
  update(userKey, (before) => attentionAfter(before, event))
}

export function markRead(userKey: string, chatId: string): void {
  update(userKey, ({ writing, unread }) => ({ writing, unread: without(unread, chatId) }))
}

/** @returns the ids of the chats with an unread answer */
export function useUnreadChats(userKey: string | undefined): string[] {
  const text = useSyncExternalStore(
    subscribe,
    () => (userKey === undefined ? null : localItems.read(keyOf(userKey))),
    () => null,
  )
  return parse(text).unread
}

export function attentionAfter(before: Attention, event: UserEvent): Attention {
  switch (event.type) {
    case "state": {
      const writing = [...new Set(event.running.map(({ chatId }) => chatId))]
      const ended = before.writing.filter((chatId) => !writing.includes(chatId))
      return { writing, unread: [...new Set([...before.unread, ...ended])] }
    }
    case "turn-started":
      return {
        writing: [...without(before.writing, event.chatId), event.chatId],
        unread: without(before.unread, event.chatId),
      }
    case "turn-ended": {
      const writing = without(before.writing, event.chatId)
      // The user who stops an answer is looking at it.
      const isNews = event.status !== "STOPPED"
      return { writing, unread: isNews ? [...without(before.unread, event.chatId), event.chatId] : before.unread }
    }
    case "chat-deleted":
      return { writing: without(before.writing, event.chatId), unread: without(before.unread, event.chatId) }
    default:
      return before
  }
}

function update(userKey: string, change: (before: Attention) => Attention): void {
  const text = localItems.read(keyOf(userKey))
  const after = JSON.stringify(change(parse(text)))
  // If it is not stored, answers are shown as ever, only without their mark.
  if (after !== text && localItems.write(keyOf(userKey), after)) changes.notify()
}

function parse(text: string | null): Attention {
  const isListOfIds = (value: unknown) => Array.isArray(value) && value.every((id) => typeof id === "string")
  return storedValue<Attention>(text, ({ writing, unread }) => isListOfIds(writing) && isListOfIds(unread)) ?? nothing
}

function without(chatIds: string[], chatId: string): string[] {
  return chatIds.filter((id) => id !== chatId)
}

/** This tab's own changes: the browser's "storage" event reports only those of other tabs. */
const changes = new Listeners()

function subscribe(onChange: () => void): () => void {
  const remove = changes.add(onChange)
  window.addEventListener("storage", onChange)
  return () => {
    remove()
    window.removeEventListener("storage", onChange)
  }
}
