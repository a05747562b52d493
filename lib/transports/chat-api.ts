import type { ChatMessage, ChatSummary } from "#lib/chat-protocol.ts"
import type { ChatShare } from "#lib/share-protocol.ts"
import { ChatProblem, problemOf } from "./chat-problem.ts"
import { classifyResponse, fetchFromServer } from "./own-answer.ts"
import { problemTexts } from "./problem-texts.ts"

/**
 * The server's API as the browser uses it, with all its addresses. The functions return parsed values. They throw a
 * ChatProblem with a sentence for people if the server refuses, and a TypeError if it was not reached.
 */
export const addresses = {
  chat: "/api/chat",
  chats: "/api/chats",
  events: "/api/events",
  files: "/api/files",
  socket: "/api/ws",
  session: "/api/auth/get-session",
  guestSignIn: "/api/auth/sign-in/anonymous",
  streamsReport: "/api/admin/streams",
  restartStore: "/api/demo/restart-store",
  export: (chatId: string, format: string) => `/api/chat/${chatId}/export?format=${format}`,
} as const

type ChatResource = "approval" | "branch" | "messages" | "share" | "stop"

/** @param api default: this server's own */
export function chatAddress(chatId: string, resource?: ChatResource, api: string = addresses.chat): string {
  return `${api}/${chatId}${resource ? `/${resource}` : ""}`
}

/** One page of the list of chats. */
export interface ChatsPage {
  chats: ChatSummary[]
  /** the cursor of the next page; undefined: this is the last one */
  older: string | undefined
}

interface ListOptions {
  /** as the page before returned it */
  cursor?: string | undefined
  /** lists only chats that contain this text */
  search?: string
}

/** @returns undefined if nobody is signed in */
export async function listChats(
  signal: AbortSignal,
  { cursor, search }: ListOptions = {},
): Promise<ChatsPage | undefined> {
  const query = new URLSearchParams({ ...(search && { search }), ...(cursor && { cursor }) }).toString()
  const address = query === "" ? addresses.chats : `${addresses.chats}?${query}`
  const response = await fetchFromServer(address, { cache: "no-store", signal })
  if (response.status === 401) return undefined
  const body = await bodyOf<{ chats: ListedChat[]; nextCursor: string | null }>(response)
  const chats = body.chats.map(({ running, ...chat }) => ({ ...chat, isRunning: running }))
  return { chats, older: body.nextCursor ?? undefined }
}

type ListedChat = Omit<ChatSummary, "isRunning"> & { running: boolean }

export async function renameChat(chatId: string, title: string): Promise<void> {
  await accepted(await fetchFromServer(chatAddress(chatId), { ...json({ title }), method: "PATCH" }))
}

/**
 * Deletes a chat, also while the page is being left. A chat that is already gone counts as deleted.
 * @param askedMsAgo how long ago the user asked for it: the server keeps a chat that was continued since
 */
export async function deleteChat(chatId: string, askedMsAgo: number): Promise<void> {
  const address = `${chatAddress(chatId)}?askedMsAgo=${askedMsAgo}`
  const response = await fetchFromServer(address, { method: "DELETE", keepalive: true })
  if (response.status !== 404) await accepted(response)
}

/** @returns no messages for a chat that does not exist; undefined if the server cannot answer now */
export async function readMessages(chatId: string, signal: AbortSignal): Promise<ChatMessage[] | undefined> {
  const response = await fetchFromServer(chatAddress(chatId, "messages"), { cache: "no-store", signal })
  if (response.status === 404) return []
  return response.ok ? messagesIn(response) : undefined
}

export async function messagesIn(response: Response): Promise<ChatMessage[]> {
  return (await bodyOf<{ messages: ChatMessage[] }>(response)).messages
}

/** Selects the branch that a message is on. @returns the messages of that branch */
export async function selectBranch(chatId: string, messageId: string): Promise<ChatMessage[]> {
  return messagesIn(await fetchFromServer(chatAddress(chatId, "branch"), { ...json({ messageId }), method: "POST" }))
}

/** @returns whether an answer was stopped; false if the server does not know of one yet */
export async function stopAnswer(chatId: string): Promise<boolean> {
  const response = await fetchFromServer(chatAddress(chatId, "stop"), { method: "POST" }).catch(() => {
    throw new ChatProblem("unreachable", problemTexts.notStopped, { isRetryable: false })
  })
  if (response.status === 404) return false
  return (await bodyOf<{ stopped: boolean }>(response)).stopped
}

/** Reads (GET), creates or updates (POST), or removes (DELETE) a chat's public link. @returns null if there is none */
export async function requestShare(chatId: string, method: "GET" | "POST" | "DELETE"): Promise<ChatShare | null> {
  const response = await fetchFromServer(chatAddress(chatId, "share"), { method, cache: "no-store" })
  return (await bodyOf<{ share: ChatShare | null }>(response)).share
}

/** @param url of an uploaded file */
export async function readFileText(url: string, signal: AbortSignal): Promise<string> {
  const { isOwn, response } = await classifyResponse(await fetch(url, { signal }), "file")
  if (!isOwn || !response.ok) throw new Error(`${url} was answered with ${response.status}`)
  return response.text()
}

/** Deletes an uploaded file that was not sent. Failing does no harm: the server removes unused files anyway. */
export function discardFile(url: string): void {
  fetch(url, { method: "DELETE", keepalive: true }).catch(() => undefined)
}

/** Stops any user's answer, for an admin. @returns false if that failed */
export async function stopStream(streamId: string): Promise<boolean> {
  const request = fetchFromServer(`${addresses.streamsReport}/${streamId}/stop`, { method: "POST" })
  return request.then(({ ok }) => ok).catch(() => false)
}

/** Makes the demo's store lose its log. @returns false if that failed */
export async function restartStore(): Promise<boolean> {
  const request = fetchFromServer(addresses.restartStore, { method: "POST" })
  return request.then(({ ok }) => ok).catch(() => false)
}

function json(body: object): RequestInit {
  return { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }
}

async function accepted(response: Response): Promise<Response> {
  if (!response.ok) throw await problemOf(response)
  return response
}

/** Trusts the shape: only our own server's responses get here, and docs/protocol.md defines them. */
async function bodyOf<Body>(response: Response): Promise<Body> {
  return (await accepted(response)).json()
}
