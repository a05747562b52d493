/** One guest's chat as its tabs use it, over HTTP, on any of several servers. */
import { randomUUID } from "node:crypto"
import { setTimeout as wait } from "node:timers/promises"
import type { ChatMessage, EventId } from "#lib/chat-protocol.ts"
import { textOf } from "../text-of.ts"
import { hangMs } from "../within.ts"
import type { HistoryWriter } from "./history-writer.ts"
import { openTab, Refusal, type Tab } from "./tab.ts"

/** Read at each request: changing `url` moves its tabs to another server. */
export interface Address {
  readonly url: string
}

export interface TestChat {
  readonly chatId: string
  /**
   * Opens a tab that asks, and reads the answer.
   * @param messageId of a question that was asked before
   * @throws Refusal
   */
  ask(at: Address, question: string, messageId?: string): Promise<Tab>
  /** Opens a tab that continues the last answer. @throws Refusal */
  continueLast(at: Address): Promise<Tab>
  /** Opens a tab that allows a waiting call, and reads the whole answer. @throws Refusal */
  allow(at: Address, approvalId: string): Promise<Tab>
  /** Opens a tab on the running or stored answer. */
  follow(at: Address): Promise<Tab>
  /**
   * Opens a tab on the running answer. A server too busy to find it in time offers the stored one, which may lack the
   * last words for as long as the model waits: such a tab is closed, and another one opened.
   */
  followLive(at: Address): Promise<Tab>
  stop(at: Address, streamId?: string): Promise<Response>
  request(at: Address, path: string, init?: RequestInit): Promise<Response>
  /** Returns the last message's text as a reload shows it; empty while the server cannot say. */
  shownText(at: Address): Promise<string>
  /** Waits for every tab's end; then the history must hold. */
  check(): Promise<void>
}

export interface TestChatOptions {
  chatId: string
  history: HistoryWriter
  signInAt: () => string
  /** that answers (default: the first) */
  agent?: string | undefined
}

export async function openTestChat({ chatId, history, signInAt, agent }: TestChatOptions): Promise<TestChat> {
  const cookie = await signIn(signInAt())
  const tabs: Tab[] = []
  let opened = 0

  async function request(at: Address, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...(init.body ? { "content-type": "application/json" } : {}), ...init.headers, cookie }
    return fetch(`${at.url}${path}`, { ...init, headers })
  }

  async function open(at: Address, kind: "asked" | "continues" | "follows", begin: Begin): Promise<Tab> {
    opened += 1
    const follow = (position: EventId | undefined, signal: AbortSignal) =>
      request(at, `/api/chat?chatId=${chatId}${position ? `&after=${position}` : ""}`, { signal })
    const tab = await openTab({
      name: `tab ${opened} (${kind})`,
      history,
      begin,
      asksNothing: kind === "follows",
      follow,
    })
    tabs.push(tab)
    return tab
  }

  const post = (at: Address, kind: "asked" | "continues", asks: object) => {
    const body = JSON.stringify({ id: chatId, agent, ...asks })
    return open(at, kind, (signal) => request(at, "/api/chat", { method: "POST", body, signal }))
  }

  const follow = (at: Address) => open(at, "follows", (signal) => request(at, `/api/chat?chatId=${chatId}`, { signal }))

  return {
    chatId,
    request,
    async shownText(at) {
      const response = await request(at, `/api/chat/${chatId}/messages`)
      if (!response.ok) return ""
      const { messages } = (await response.json()) as { messages: ChatMessage[] } // as docs have it
      return textOf(messages.at(-1))
    },
    ask(at, question, messageId = randomUUID()) {
      // The message's own id in its text lets model calls be counted by the question.
      const parts = [{ type: "text", text: `${question} (${messageId})` }]
      return post(at, "asked", { message: { id: messageId, role: "user", parts } })
    },
    continueLast: (at) => post(at, "continues", { trigger: "continue-message" }),
    allow(at, approvalId) {
      const body = JSON.stringify({ approvalId, approved: true })
      const begin: Begin = (signal) => request(at, `/api/chat/${chatId}/approval`, { method: "POST", body, signal })
      return open(at, "continues", begin)
    },
    follow,
    async followLive(at) {
      for (const startedAtMs = performance.now(); performance.now() - startedAtMs < hangMs; ) {
        const tab = await follow(at)
        if (tab.headers.get("x-resume") !== "stored") return tab
        await tab.leave()
      }
      throw new Error(`${at.url} has only the stored answer of chat ${chatId}, not its stream`)
    },
    stop: (at, streamId) =>
      request(at, `/api/chat/${chatId}/stop`, { method: "POST", body: JSON.stringify({ streamId }) }),
    async check() {
      await Promise.all(tabs.map((tab) => tab.ended))
    },
  }
}

type Begin = (signal: AbortSignal) => Promise<Response>

/** Signs in as a new guest. @returns the session, as the header `cookie` has it */
export async function signIn(url: string): Promise<string> {
  const response = await fetch(`${url}/api/auth/sign-in/anonymous`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  })
  if (!response.ok) throw new Error(`sign-in: ${response.status} ${await response.text()}`)
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ")
}

/** Sends a message again, as a person does, if an overloaded server has refused it. */
export async function askedUntilTaken(ask: () => Promise<Tab>): Promise<Tab> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 503) throw error
      await wait(500)
    }
  }
}
