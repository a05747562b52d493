import type { Store } from "#lib/relay/stores/store.ts"

const kept = {
  /** Enough to find the running stream and to recognise an older one. */
  maxLength: 5,
  /** Much longer than a stream can run; older streams are in the database. */
  ttlMs: 86_400_000,
}

/** Keeps the last stream ids of each chat, so that every process finds them without the database. */
export interface ChatStore {
  /** Adds a stream's id to its chat. @throws StoreUnavailable */
  appendStreamId(chatId: string, streamId: string): Promise<void>
  /**
   * Returns a chat's last five stream ids, newest first, if a turn began within the last day.
   * @throws StoreUnavailable
   */
  loadStreams(chatId: string): Promise<string[]>
}

export function chatStore(store: Store): ChatStore {
  return {
    appendStreamId: (chatId, streamId) => store.pushCapped(keyOf(chatId), streamId, kept),
    loadStreams: async (chatId) => (await store.list(keyOf(chatId))).slice(0, kept.maxLength),
  }
}

function keyOf(chatId: string): string {
  return `chat:${chatId}:streams`
}
