import type { Store } from "#lib/relay/stores/store.ts"

const kept = {
  /** Enough to find the running stream and to tell an older one apart. */
  maxLength: 5,
  /** Much longer than a stream can run: what is older is in the database. */
  ttlMs: 86_400_000,
}

/** The last stream ids of each chat, where every process finds them without asking the database. */
export interface ChatStore {
  /** @throws StoreUnavailable */
  appendStreamId(chatId: string, streamId: string): Promise<void>
  /**
   * @returns the last five of a chat in which something was said within a day, newest first
   * @throws StoreUnavailable
   */
  loadStreams(chatId: string): Promise<string[]>
}

export function chatStore(store: Store): ChatStore {
  return {
    appendStreamId: (chatId, streamId) => store.pushCapped(keyOf(chatId), streamId, kept),
    loadStreams: (chatId) => store.list(keyOf(chatId)),
  }
}

function keyOf(chatId: string): string {
  return `chat:${chatId}:streams`
}
