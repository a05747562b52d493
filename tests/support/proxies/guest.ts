/** A guest's browser at one address, as far as cookies, origins and streams go. The transport is the product's own. */
import { randomUUID } from "node:crypto"
import type { UIMessageChunk } from "ai"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { fetchWithRetry } from "#lib/transports/fetch-with-retry.ts"
import { ResilientChatTransport } from "#lib/transports/resilient-chat-transport.ts"
import type { ConnectionState } from "#lib/transports/streams/repaired-chunks.ts"

export interface Guest {
  readonly url: string
  /** with the cookie and, where something is sent, the origin of a page at this address */
  request(path: string, init?: RequestInit): Promise<Response>
  openChat(): GuestChat
}

export interface GuestChat {
  readonly chatId: string
  /** the transport's connection states, in any of this chat's tabs */
  readonly states: ConnectionState[]
  ask(text: string): Promise<ReadingTab>
  /** follows as a page on the chat does: undefined if nothing is running or stored */
  reload(): Promise<ReadingTab>
  messages(): Promise<ChatMessage[]>
  /** Resolves once the transport has reported this state that often. */
  says(state: ConnectionState, times?: number): Promise<void>
}

export interface ReadingTab {
  readonly text: string
  until(words: string): Promise<void>
  /** Resolves at the end with the whole text. */
  ended: Promise<string>
}

const cookies = new Map<string, string>()

/** Signs a new guest in, as the first message of a page does. */
export async function guestAt(url: string): Promise<Guest> {
  takeOverFetch()
  const headers = { "content-type": "application/json" }
  const signedIn = await untilAnswered(() =>
    fetch(`${url}/api/auth/sign-in/anonymous`, { method: "POST", headers, body: "{}" }),
  )
  if (!signedIn.ok) throw new Error(`${signedIn.status} ${await signedIn.text()}`)
  cookies.set(
    url,
    signedIn.headers
      .getSetCookie()
      .map((line) => line.split(";", 1)[0])
      .join("; "),
  )
  await signedIn.body?.cancel()
  return {
    url,
    request: (path, init) => fetch(`${url}${path}`, init),
    openChat: () => chatAt(url, randomUUID()),
  }
}

/** Retries as the page does after a proxy's own response, such as Squid's to the first request. */
export function untilAnswered(request: () => Promise<Response>): Promise<Response> {
  const { signal } = new AbortController()
  return fetchWithRetry(request, { signal, limitMs: Number.POSITIVE_INFINITY, onFailed: () => undefined })
}

function chatAt(url: string, chatId: string): GuestChat {
  const states: ConnectionState[] = []
  const changes = new EventTarget()
  const transport = () =>
    new ResilientChatTransport({
      agent: "assistant",
      api: `${url}/api/chat`,
      watchPresence: () => ({ isAway: false, back: async () => undefined, close: () => undefined }),
      onConnectionChange(state) {
        states.push(state)
        changes.dispatchEvent(new Event("change"))
      },
    })
  return {
    chatId,
    states,
    async ask(text) {
      const question: ChatMessage = { id: randomUUID(), role: "user", parts: [{ type: "text", text }] }
      const asked = { chatId, messageId: undefined, messages: [question], abortSignal: undefined }
      return reading(await transport().sendMessages({ trigger: "submit-message", ...asked }))
    },
    async reload() {
      const stream = await transport().reconnectToStream({ chatId })
      if (!stream) throw new Error("there is nothing to follow")
      return reading(stream)
    },
    async messages() {
      const response = await fetch(`${url}/api/chat/${chatId}/messages`)
      return ((await response.json()) as { messages: ChatMessage[] }).messages // as docs have it
    },
    async says(state, times = 1) {
      const count = () => states.filter((said) => said === state).length
      while (count() < times)
        await new Promise((resolve) => changes.addEventListener("change", resolve, { once: true }))
    },
  }
}

function reading(stream: ReadableStream<UIMessageChunk>): ReadingTab {
  const changes = new EventTarget()
  let text = ""
  let isOver = false
  async function read(): Promise<string> {
    for await (const chunk of stream) {
      if (chunk.type === "text-delta") text += chunk.delta
      changes.dispatchEvent(new Event("change"))
    }
    return text
  }
  const ended = read().finally(() => {
    isOver = true
    changes.dispatchEvent(new Event("change"))
  })
  ended.catch(() => undefined) // told to who awaits it
  return {
    get text() {
      return text
    },
    ended,
    async until(words) {
      while (!text.includes(words)) {
        if (isOver) throw new Error(`the stream ended before ${words}: ${text}`)
        await new Promise((resolve) => changes.addEventListener("change", resolve, { once: true }))
      }
    },
  }
}

let isTakenOver = false

/** The transport asks as a page does, with the cookies of its address: here each address has its own. */
function takeOverFetch(): void {
  if (isTakenOver) return
  isTakenOver = true
  const { fetch: nodes } = globalThis
  globalThis.fetch = (input, init = {}) => {
    const { origin, href } = new URL(String(input))
    const headers = new Headers(init.headers)
    const cookie = cookies.get(origin)
    if (cookie) headers.set("cookie", cookie)
    if (init.method && init.method !== "GET" && !headers.has("origin")) headers.set("origin", origin)
    return nodes(href, { ...init, headers })
  }
}
