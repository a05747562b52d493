import type { ChatSummary, UserEvent } from "#lib/chat-protocol.ts"
import type { ChatsPage } from "#lib/transports/chat-api.ts"

/** The list of chats as it was listed last, with what was heard since. */
export interface LiveChats {
  listed: ChatSummary[]
  /** where the list goes on; undefined: it has all chats */
  older: string | undefined
  /** the chat on show, where it is too old to be listed yet */
  own: ChatSummary | undefined
  /** ids of chats that are being written; undefined: nothing was heard yet */
  running: ReadonlySet<string> | undefined
  /** while something is read: what was heard meanwhile, which it may know or not */
  heardMeanwhile: Readonly<Partial<Record<Reading, UserEvent[]>>>
}

/** "anew": the list from its beginning; "older": what comes after its end */
type Reading = "anew" | "older"

export function liveChats({ chats, older }: ChatsPage, own?: ChatSummary): LiveChats {
  return { listed: chats, older, own, running: undefined, heardMeanwhile: {} }
}

export function afterEvent(live: LiveChats, event: UserEvent): LiveChats {
  const { anew, older } = live.heardMeanwhile
  return {
    ...live,
    listed: listAfter(live.listed, event),
    own: live.own && listAfter([live.own], event).find(({ id }) => id === live.own?.id),
    running: runningAfter(live.running, event),
    heardMeanwhile: { ...(anew && { anew: [...anew, event] }), ...(older && { older: [...older, event] }) },
  }
}

/** Something is asked for. */
export function whileReading(live: LiveChats, reading: Reading): LiveChats {
  return { ...live, heardMeanwhile: { ...live.heardMeanwhile, [reading]: [] } }
}

/** The list was read from its beginning: as far as that reaches it counts, and what is older stays. */
export function afterListing(live: LiveChats, page: ChatsPage): LiveChats {
  const { anew = [], ...heardMeanwhile } = live.heardMeanwhile
  const last = page.chats.at(-1)
  const rest = page.older && last ? without(live.listed, page.chats).filter((chat) => isOlder(chat, last)) : []
  const listed = anew.reduce(listAfter, [...page.chats, ...rest])
  return { ...live, listed, older: rest.length > 0 ? live.older : page.older, heardMeanwhile }
}

/** @param cursor what they were asked for by: where the list ends elsewhere by now, it is of no use any more */
export function afterOlder(live: LiveChats, cursor: string, page: ChatsPage): LiveChats {
  const { older: heard = [], ...heardMeanwhile } = live.heardMeanwhile
  if (live.older !== cursor) return { ...live, heardMeanwhile }
  const chats = heard.filter(({ type }) => type !== "chat-created").reduce(listAfter, page.chats)
  return { ...live, listed: [...live.listed, ...without(chats, live.listed)], older: page.older, heardMeanwhile }
}

export function chatsOf({ listed, own, running }: LiveChats): ChatSummary[] {
  const all = own && without([own], listed).length > 0 ? [own, ...listed] : listed
  return running ? all.map((chat) => ({ ...chat, isRunning: running.has(chat.id) })) : all
}

function without(chats: ChatSummary[], others: ChatSummary[]): ChatSummary[] {
  const known = new Set(others.map(({ id }) => id))
  return chats.filter(({ id }) => !known.has(id))
}

/** In the server's order. Of a chat that was only heard of nothing is known: the list has it, or it is gone. */
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

/** Chats keep their places, so that nothing moves under a hand; what is new comes to the top. */
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
