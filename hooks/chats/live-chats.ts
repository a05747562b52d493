import type { ChatSummary, UserEvent } from "#lib/chat-protocol.ts"
import type { ChatsPage } from "#lib/transports/chat-api.ts"

/** The list of chats as last loaded, updated by the events since then. */
export interface LiveChats {
  listed: ChatSummary[]
  /** the cursor of the next page; undefined: all chats are loaded */
  older: string | undefined
  /** the current chat, if it is too old to be among the loaded ones */
  own: ChatSummary | undefined
  /** ids of the chats with a running answer; undefined: no event has arrived yet */
  running: ReadonlySet<string> | undefined
  /** events that arrived during a request, whose response may or may not include them */
  eventsDuring: Readonly<Partial<Record<Loading, UserEvent[]>>>
}

/** "newest": the list from its top; "older": the page after its end */
type Loading = "newest" | "older"

export function liveChats({ chats, older }: ChatsPage, own?: ChatSummary): LiveChats {
  return { listed: chats, older, own, running: undefined, eventsDuring: {} }
}

export function afterEvent(live: LiveChats, event: UserEvent): LiveChats {
  const { newest, older } = live.eventsDuring
  return {
    ...live,
    listed: listAfter(live.listed, event),
    own: live.own && listAfter([live.own], event).find(({ id }) => id === live.own?.id),
    running: runningAfter(live.running, event),
    eventsDuring: { ...(newest && { newest: [...newest, event] }), ...(older && { older: [...older, event] }) },
  }
}

/** Marks the beginning of a request. */
export function whileLoading(live: LiveChats, loading: Loading): LiveChats {
  return { ...live, eventsDuring: { ...live.eventsDuring, [loading]: [] } }
}

/** Applies a list that was loaded from the top: it replaces what it covers, and older chats stay. */
export function afterListing(live: LiveChats, page: ChatsPage): LiveChats {
  const { newest = [], ...eventsDuring } = live.eventsDuring
  const last = page.chats.at(-1)
  const rest = page.older && last ? without(live.listed, page.chats).filter((chat) => isOlder(chat, last)) : []
  const listed = newest.reduce(listAfter, [...page.chats, ...rest])
  return { ...live, listed, older: rest.length > 0 ? live.older : page.older, eventsDuring }
}

/** Appends a page of older chats. @param cursor of its request; a page that no longer fits the end of the list is dropped */
export function afterOlder(live: LiveChats, cursor: string, page: ChatsPage): LiveChats {
  const { older: events = [], ...eventsDuring } = live.eventsDuring
  if (live.older !== cursor) return { ...live, eventsDuring }
  const chats = events.filter(({ type }) => type !== "chat-created").reduce(listAfter, page.chats)
  return { ...live, listed: [...live.listed, ...without(chats, live.listed)], older: page.older, eventsDuring }
}

export function chatsOf({ listed, own, running }: LiveChats): ChatSummary[] {
  const all = own && without([own], listed).length > 0 ? [own, ...listed] : listed
  return running ? all.map((chat) => ({ ...chat, isRunning: running.has(chat.id) })) : all
}

function without(chats: ChatSummary[], others: ChatSummary[]): ChatSummary[] {
  const known = new Set(others.map(({ id }) => id))
  return chats.filter(({ id }) => !known.has(id))
}

/** Compares in the server's order. A chat known only from an event has no time: the list has it, or it is gone. */
function isOlder(chat: ChatSummary, than: ChatSummary): boolean {
  if (chat.updatedAt === "") return false
  return chat.updatedAt < than.updatedAt || (chat.updatedAt === than.updatedAt && chat.id < than.id)
}

function runningAfter(running: LiveChats["running"], event: UserEvent): LiveChats["running"] {
  if (event.type === "state") return new Set(event.running.map(({ chatId }) => chatId))
  if (!running) return undefined
  const after = new Set(running)
  if (event.type === "turn-started") after.add(event.chatId)
  if (event.type === "turn-ended" || event.type === "chat-deleted") after.delete(event.chatId)
  return after
}

/** Existing chats keep their places, so that nothing moves under the pointer; new ones come to the top. */
function listAfter(list: ChatSummary[], event: UserEvent): ChatSummary[] {
  switch (event.type) {
    case "chat-created": {
      const { chatId: id, agent, title } = event
      if (list.some((chat) => chat.id === id)) return list
      return [{ id, agent, title, updatedAt: "", isRunning: true }, ...list]
    }
    case "chat-renamed":
      return list.map((chat) => (chat.id === event.chatId ? { ...chat, title: event.title } : chat))
    case "chat-deleted":
      return list.filter(({ id }) => id !== event.chatId)
    default:
      return list
  }
}
