import type { Store } from "#lib/relay/stores/store.ts"

/** Enough to find the running stream and to tell an older one apart. */
const streamsKept = 5

/** The last stream ids of each chat, where every process finds them without asking the database. */
export interface ChatStore {
  /** @throws StoreUnavailable */
  appendStreamId(chatId: string, streamId: string): Promise<void>
  /**
   * @returns the last five, newest first
   * @throws StoreUnavailable
   */
  loadStreams(chatId: string): Promise<string[]>
}

export function chatStore(store: Store): ChatStore {
  return {
    appendStreamId: (chatId, streamId) => store.pushCapped(keyOf(chatId), streamId, streamsKept),
    loadStreams: (chatId) => store.list(keyOf(chatId)),
  }
}

function keyOf(chatId: string): string {
  return `chat:${chatId}:streams`
}
