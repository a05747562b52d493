import type { ChatSummary, UserEvent } from "#lib/chat-protocol.ts"

/** The list of chats as it was listed last, with what was heard since. */
export interface LiveChats {
  listed: ChatSummary[]
  /** ids of chats that are being written; undefined: nothing was heard yet */
  running: ReadonlySet<string> | undefined
  /** while a new list is on its way: what was heard meanwhile, which it may know or not */
  heardMeanwhile: UserEvent[] | undefined
}

export function liveChats(listed: ChatSummary[]): LiveChats {
  return { listed, running: undefined, heardMeanwhile: undefined }
}

export function afterEvent(live: LiveChats, event: UserEvent): LiveChats {
  return {
    listed: listAfter(live.listed, event),
    running: runningAfter(live.running, event),
    heardMeanwhile: live.heardMeanwhile && [...live.heardMeanwhile, event],
  }
}

/** A new list is asked for. */
export function whileListing(live: LiveChats): LiveChats {
  return { ...live, heardMeanwhile: [] }
}

export function afterListing(live: LiveChats, listed: ChatSummary[]): LiveChats {
  return { ...live, listed: (live.heardMeanwhile ?? []).reduce(listAfter, listed), heardMeanwhile: undefined }
}

export function chatsOf({ listed, running }: LiveChats): ChatSummary[] {
  return running ? listed.map((chat) => ({ ...chat, isRunning: running.has(chat.id) })) : listed
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
