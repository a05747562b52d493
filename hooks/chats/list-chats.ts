import type { ChatSummary } from "#lib/chat-protocol.ts"
import { problemOf } from "#lib/transports/chat-problem.ts"
import { fetchOwn } from "#lib/transports/own-answer.ts"
import type { ChatsPage } from "./live-chats.ts"

/** @param cursor where the last page said that they go on @throws ChatProblem, or what the network says */
export async function listChats(signal: AbortSignal, cursor?: string): Promise<ChatsPage> {
  const query = cursor === undefined ? "" : `?${new URLSearchParams({ cursor })}`
  const response = await fetchOwn(`/api/chats${query}`, { cache: "no-store", signal })
  if (!response.ok) throw await problemOf(response)
  return chatsIn(response)
}

/** The newest chats, as many pages as have been loaded of them: beyond those nothing has to be known. */
export async function listAsFar(signal: AbortSignal, listed: number): Promise<ChatsPage> {
  const first = await listChats(signal)
  let { chats, older } = first
  while (older !== undefined && chats.length + first.chats.length <= listed) {
    const next = await listChats(signal, older)
    chats = [...chats, ...next.chats]
    older = next.older
  }
  return { chats, older }
}

export async function chatsIn(response: Response): Promise<ChatsPage> {
  // As our own server has it.
  const body = (await response.json()) as { chats: SentChat[]; nextCursor: string | null }
  const chats = body.chats.map(({ running, ...chat }) => ({ ...chat, isRunning: running }))
  return { chats, older: body.nextCursor ?? undefined }
}

type SentChat = Omit<ChatSummary, "isRunning"> & { running: boolean }
