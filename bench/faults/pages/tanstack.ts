/**
 * A page on TanStack AI's own `ChatClient`, the object behind its `useChat`, with `fetchServerSentEvents` and a
 * `persistence` like its `localStoragePersistence`, which all tabs of a browser share. Its connection reconnects by
 * itself, five times in a row at most.
 */
import path from "node:path"
import { pathToFileURL } from "node:url"
import { installedAt } from "../../peers/install.ts"
import type { Browser, Page, Visit } from "../page.ts"

/** As far as it is used here; the package is installed outside this repository's lock. */
interface ChatClient {
  attach(): void
  detach(): void
  stop(): void
  sendMessage(text: string): Promise<unknown>
  getMessages(): { role: string; parts: { type: string; content?: string }[] }[]
  getStatus(): "ready" | "submitted" | "streaming" | "error"
  getError(): Error | undefined
}

interface ClientPackage {
  ChatClient: new (options: object) => ChatClient
  fetchServerSentEvents(url: string): object
}

let loaded: Promise<ClientPackage> | undefined

export function tanstackBrowser({ origin, chatId }: Visit): Browser {
  const storage = new Map<string, string>()

  async function open(): Promise<{ client: ChatClient; page: Page }> {
    loaded ??= import(
      pathToFileURL(path.join(installedAt("tanstack"), "node_modules/@tanstack/ai-client/dist/esm/index.js")).href
    )
    const { ChatClient, fetchServerSentEvents } = await loaded
    const listeners = new Set<() => void>()
    const change = () => {
      for (const listener of listeners) listener()
    }
    const client = new ChatClient({
      threadId: chatId,
      connection: fetchServerSentEvents(`${origin}/api/chat`),
      persistence: {
        getItem: (id: string) => JSON.parse(storage.get(id) ?? "null"),
        setItem: (id: string, state: unknown) => void storage.set(id, JSON.stringify(state)),
        removeItem: (id: string) => void storage.delete(id),
      },
      onMessagesChange: change,
      onStatusChange: change,
      onErrorChange: change,
      onLoadingChange: change,
    })
    return { client, page: pageOf(client, listeners) }
  }

  let asking: ChatClient | undefined
  return {
    ask(question) {
      // The package is loaded asynchronously, so its page is shown a moment later.
      const opening = open().then((opened) => {
        asking = opened.client
        opened.client.attach()
        void opened.client.sendMessage(question)
        return opened
      })
      return laterPage(opening.then(({ page }) => page))
    },
    async open() {
      const { client, page } = await open()
      client.attach()
      return page
    },
    async stop() {
      // The package's `stop` ends what this page reads; ending the run as well is the application's.
      await fetch(`${origin}/api/chat/${chatId}/stop`, { method: "POST" })
      asking?.stop()
    },
  }
}

function pageOf(client: ChatClient, listeners: Set<() => void>): Page {
  return {
    get text() {
      const last = client.getMessages().at(-1)
      if (last?.role !== "assistant") return ""
      return last.parts.map(({ type, content }) => (type === "text" ? (content ?? "") : "")).join("")
    },
    get state() {
      const status = client.getStatus()
      return status === "ready" ? "ended" : status === "error" ? "failed" : "working"
    },
    get problem() {
      return client.getError()?.message
    },
    onChange: (listener) => void listeners.add(listener),
    leave() {
      listeners.clear()
      client.detach()
    },
  }
}

function laterPage(opening: Promise<Page>): Page {
  const waiting: (() => void)[] = []
  let page: Page | undefined
  void opening.then((opened) => {
    page = opened
    for (const listener of waiting) opened.onChange(listener)
    for (const listener of waiting) listener()
  })
  return {
    get text() {
      return page?.text ?? ""
    },
    get state() {
      return page?.state ?? "working"
    },
    get problem() {
      return page?.problem
    },
    onChange(listener) {
      if (page) page.onChange(listener)
      else waiting.push(listener)
    },
    leave: () => void opening.then((opened) => opened.leave()),
  }
}
