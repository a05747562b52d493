import { useEffect, useEffectEvent, useState } from "react"
import type { ChatSummary, UserEvent } from "#lib/chat-protocol.ts"
import type { ChatsPage } from "#lib/transports/chat-api.ts"
import { useIsVisible } from "./browser/use-is-visible.ts"
import { useRefetch } from "./browser/use-refetch.ts"
import { listLoadedChats } from "./chats/list-chats.ts"
import { afterEvent, afterListing, afterOlder, chatsOf, liveChats, whileLoading } from "./chats/live-chats.ts"
import { subscribeToFeed } from "./chats/shared-feeds.ts"
import { type OlderChats, useOlderChats } from "./chats/use-older-chats.ts"
import { markRead, updateUnread, useUnreadChats } from "./chats/use-unread-chats.ts"

export interface UserEventsOptions {
  /** identifies the user; undefined: nobody is signed in yet */
  userKey: string | undefined
  /** the list that the page was rendered with */
  page: ChatsPage
  ownChat: ChatSummary | undefined
  /** the current chat */
  chatId: string | undefined
  /** called with each event; before a "state" event others may have been missed */
  onEvent(event: UserEvent): void
  /** called when the current chat may have a new turn whose events were missed */
  onMissed(): void
}

export interface ListedChat extends ChatSummary {
  /** it was answered since the user last looked at it */
  isUnread?: boolean
}

export interface UserChats {
  chats: ListedChat[]
  /** undefined: all chats are listed */
  older: OlderChats | undefined
}

/** Keeps the user's chats up to date, whichever tab or device changes them. */
export function useUserEvents({ userKey, page, ownChat, chatId, onEvent, onMissed }: UserEventsOptions): UserChats {
  const [live, setLive] = useState(() => {
    const before = loaded?.userKey === userKey ? loaded : undefined
    return before ? afterListing(liveChats(before, ownChat), page) : liveChats(page, ownChat)
  })
  const [pagesChats, setPagesChats] = useState(page.chats)
  const isVisible = useIsVisible()
  const unread = useUnreadChats(userKey)

  // The server has rendered the page again.
  if (pagesChats !== page.chats) {
    setPagesChats(page.chats)
    // A request that is under way began before this: its response still needs the events since then.
    setLive({ ...afterListing({ ...live, own: ownChat }, page), eventsDuring: live.eventsDuring })
  }

  const { listed, older: cursor } = live
  useEffect(() => {
    if (userKey !== undefined) loaded = { userKey, chats: listed, older: cursor }
  }, [userKey, listed, cursor])

  const older = useOlderChats({
    cursor,
    onLoading: () => setLive((before) => whileLoading(before, "older")),
    onLoaded: (from, read) => setLive((before) => afterOlder(before, from, read)),
  })

  const reloadList = useRefetch({
    read(signal) {
      setLive((before) => whileLoading(before, "newest"))
      return listLoadedChats(signal, live.listed.length)
    },
    onRead(read) {
      const turnBegan = (list: ChatSummary[]) => list.find((chat) => chat.id === chatId)?.updatedAt
      if (turnBegan(afterListing(live, read).listed) !== turnBegan(live.listed)) onMissed()
      setLive((before) => afterListing(before, read))
    },
  })

  const take = useEffectEvent((event: UserEvent) => {
    setLive((before) => afterEvent(before, event))
    if (event.type === "state" || (event.type === "turn-started" && !isListed(event.chatId))) reloadList()
    if (userKey !== undefined) updateUnread(userKey, event)
    onEvent(event)
  })
  const isListed = (id: string) => live.listed.some((chat) => chat.id === id)
  useEffect(() => {
    if (userKey !== undefined) return subscribeToFeed(userKey, take)
  }, [userKey])

  const isSeenUnread = isVisible && chatId !== undefined && unread.includes(chatId)
  useEffect(() => {
    if (isSeenUnread && userKey !== undefined && chatId !== undefined) markRead(userKey, chatId)
  }, [isSeenUnread, userKey, chatId])

  const chats = chatsOf(live).map((chat) => ({
    ...chat,
    isUnread: !chat.isRunning && unread.includes(chat.id) && !(isVisible && chat.id === chatId),
  }))
  return { chats, older }
}

/** What was loaded of the list, for the next chat's page: each chat has a page of its own. */
let loaded: (ChatsPage & { userKey: string }) | undefined
