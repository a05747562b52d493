import { useEffect, useEffectEvent, useState } from "react"
import type { ChatSummary, UserEvent } from "#lib/chat-protocol.ts"
import { afterEvent, afterListing, chatsOf, liveChats, whileListing } from "./live-chats.ts"
import { listenToFeed } from "./shared-feeds.ts"
import { useIsVisible } from "./use-is-visible.ts"
import { useRereading } from "./use-rereading.ts"
import { markRead, noteForUnread, useUnreadChats } from "./use-unread-chats.ts"

export interface UserEventsOptions {
  /** one a user; undefined: nobody is signed in yet */
  userKey: string | undefined
  /** as the page has them */
  chats: ChatSummary[]
  /** the chat on show */
  chatId: string | undefined
  /** told of each event; after "state" news may have been missed */
  onEvent(event: UserEvent): void
  /** the chat on show has got a turn of which nothing was heard, it may be */
  onMissed(): void
}

export interface ListedChat extends ChatSummary {
  /** answered since one looked at it */
  isUnread?: boolean
}

/** The user's chats as they are now, whichever tab or device they are changed from. */
export function useUserEvents({ userKey, chats, chatId, onEvent, onMissed }: UserEventsOptions): ListedChat[] {
  const [live, setLive] = useState(() => liveChats(chats))
  const [pagesChats, setPagesChats] = useState(chats)
  const isVisible = useIsVisible()
  const unread = useUnreadChats(userKey)

  // The page was rendered anew.
  if (pagesChats !== chats) {
    setPagesChats(chats)
    setLive({ ...live, listed: chats })
  }

  const listAnew = useRereading({
    read(signal) {
      setLive(whileListing)
      return listChats(signal)
    },
    onRead(listed) {
      const turnBegan = (list: ChatSummary[]) => list.find((chat) => chat.id === chatId)?.updatedAt
      if (turnBegan(listed) !== turnBegan(live.listed)) onMissed()
      setLive((before) => afterListing(before, listed))
    },
  })

  const take = useEffectEvent((event: UserEvent) => {
    setLive((before) => afterEvent(before, event))
    if (event.type === "state" || (event.type === "turn-started" && !isListed(event.chatId))) listAnew()
    if (userKey !== undefined) noteForUnread(userKey, event)
    onEvent(event)
  })
  const isListed = (id: string) => live.listed.some((chat) => chat.id === id)
  useEffect(() => {
    if (userKey !== undefined) return listenToFeed(userKey, take)
  }, [userKey])

  const isSeenUnread = isVisible && chatId !== undefined && unread.includes(chatId)
  useEffect(() => {
    if (isSeenUnread && userKey !== undefined && chatId !== undefined) markRead(userKey, chatId)
  }, [isSeenUnread, userKey, chatId])

  return chatsOf(live).map((chat) => ({
    ...chat,
    isUnread: !chat.isRunning && unread.includes(chat.id) && !(isVisible && chat.id === chatId),
  }))
}

async function listChats(signal: AbortSignal): Promise<ChatSummary[]> {
  const response = await fetch("/api/chats", { cache: "no-store", signal })
  if (!response.ok) throw new Error(`the chats could not be listed: ${response.status}`)
  // As our own server has it.
  const { chats } = (await response.json()) as { chats: (Omit<ChatSummary, "isRunning"> & { running: boolean })[] }
  return chats.map(({ running, ...chat }) => ({ ...chat, isRunning: running }))
}
