import { useSyncExternalStore } from "react"
import type { UserEvent } from "#lib/chat-protocol.ts"

/**
 * Which chats were answered since one looked at them. Kept in the browser, for all its tabs, and with what was being
 * written when it was last heard of: an answer that ends while no page is open is unread as well.
 */
interface Attention {
  writing: string[]
  unread: string[]
}

const keyOf = (userKey: string) => `rejoin:unread:${userKey}`
const nothing: Attention = { writing: [], unread: [] }

export function noteForUnread(userKey: string, event: UserEvent): void {
  update(userKey, (before) => attentionAfter(before, event))
}

export function markRead(userKey: string, chatId: string): void {
  update(userKey, ({ writing, unread }) => ({ writing, unread: without(unread, chatId) }))
}

/** @returns the chats' ids */
export function useUnreadChats(userKey: string | undefined): string[] {
  const text = useSyncExternalStore(
    subscribe,
    () => (userKey === undefined ? null : localStorage.getItem(keyOf(userKey))),
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
      // Whoever stops an answer looks at it.
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
  const text = localStorage.getItem(keyOf(userKey))
  const after = JSON.stringify(change(parse(text)))
  if (after === text) return
  try {
    localStorage.setItem(keyOf(userKey), after)
  } catch {
    // The browser's room is full: what was answered is still shown as it is, only not marked.
    return
  }
  for (const listener of listeners) listener()
}

function parse(text: string | null): Attention {
  return text === null ? nothing : (JSON.parse(text) as Attention) // written above, by a tab of this browser
}

function without(chatIds: string[], chatId: string): string[] {
  return chatIds.filter((id) => id !== chatId)
}

const listeners = new Set<() => void>()

function subscribe(onChange: () => void): () => void {
  listeners.add(onChange)
  window.addEventListener("storage", onChange)
  return () => {
    listeners.delete(onChange)
    window.removeEventListener("storage", onChange)
  }
}
