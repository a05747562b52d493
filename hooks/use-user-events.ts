import { useEffect, useEffectEvent, useState } from "react"
import type { ChatSummary, UserEvent } from "#lib/chat-protocol.ts"
import type { ChatsPage } from "#lib/transports/chat-api.ts"
import { useIsVisible } from "./browser/use-is-visible.ts"
import { useRefetch } from "./browser/use-refetch.ts"
import { listLoadedChats } from "./chats/list-chats.ts"
import { afterEvent, afterListing, afterOlder, chatsOf, liveChats, whileReading } from "./chats/live-chats.ts"
import { subscribeToFeed } from "./chats/shared-feeds.ts"
import { type OlderChats, useOlderChats } from "./chats/use-older-chats.ts"
import { markRead, noteForUnread, useUnreadChats } from "./chats/use-unread-chats.ts"

export interface UserEventsOptions {
  /** one a user; undefined: nobody is signed in yet */
  userKey: string | undefined
  /** as the page has them */
  page: ChatsPage
  ownChat: ChatSummary | undefined
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

export interface UserChats {
  chats: ListedChat[]
  /** undefined: all chats are listed */
  older: OlderChats | undefined
}

/** The user's chats as they are now, whichever tab or device they are changed from. */
export function useUserEvents({ userKey, page, ownChat, chatId, onEvent, onMissed }: UserEventsOptions): UserChats {
  const [live, setLive] = useState(() => {
    const before = loaded?.userKey === userKey ? loaded : undefined
    return before ? afterListing(liveChats(before, ownChat), page) : liveChats(page, ownChat)
  })
  const [pagesChats, setPagesChats] = useState(page.chats)
  const isVisible = useIsVisible()
  const unread = useUnreadChats(userKey)

  // The page was rendered anew.
  if (pagesChats !== page.chats) {
    setPagesChats(page.chats)
    // What is being read was asked for before: it is still to learn what was heard meanwhile.
    setLive({ ...afterListing({ ...live, own: ownChat }, page), heardMeanwhile: live.heardMeanwhile })
  }

  const { listed, older: cursor } = live
  useEffect(() => {
    if (userKey !== undefined) loaded = { userKey, chats: listed, older: cursor }
  }, [userKey, listed, cursor])

  const older = useOlderChats({
    cursor,
    onAsk: () => setLive((before) => whileReading(before, "older")),
    onRead: (from, read) => setLive((before) => afterOlder(before, from, read)),
  })

  const listAnew = useRefetch({
    read(signal) {
      setLive((before) => whileReading(before, "anew"))
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
    if (event.type === "state" || (event.type === "turn-started" && !isListed(event.chatId))) listAnew()
    if (userKey !== undefined) noteForUnread(userKey, event)
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

/** Each chat has a page of its own, and the list goes on from one to the next: what was loaded of it once is there. */
let loaded: (ChatsPage & { userKey: string }) | undefined
