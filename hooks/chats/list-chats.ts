import { type ChatsPage, listChats } from "#lib/transports/chat-api.ts"

/** Reads as many pages from the top of the list as are loaded already: older chats need not be known. */
export async function listLoadedChats(signal: AbortSignal, loadedCount: number): Promise<ChatsPage> {
  const first = await readPage(signal)
  let { chats, older } = first
  while (older !== undefined && chats.length + first.chats.length <= loadedCount) {
    const next = await readPage(signal, older)
    chats = [...chats, ...next.chats]
    older = next.older
  }
  return { chats, older }
}

/** @throws also if the session has ended: an empty list would look as if all chats were gone */
export async function readPage(signal: AbortSignal, cursor?: string): Promise<ChatsPage> {
  const page = await listChats(signal, { cursor })
  if (!page) throw new Error("Nobody is signed in any more.")
  return page
}
