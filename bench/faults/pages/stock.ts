/**
 * A page with a stock `useChat({resume: true})` and `DefaultChatTransport`. Its hook resumes when the page opens; after
 * a network error it would resume when the tab is hidden and seen again, which a person who looks at it does not do.
 */
import { randomUUID } from "node:crypto"
import { Chat } from "@ai-sdk/react"
import { DefaultChatTransport, type UIMessage } from "ai"
import { type Browser, type Page, reloaded, type Visit } from "../page.ts"
import { aiSdkPage } from "./ai-sdk-page.ts"

export interface StockPage {
  /** false: only the answer to one's own question is read */
  isResumable: boolean
  /** where the messages of a chat that is opened come from; in a real product, the page itself has them */
  messagesPath?(chatId: string): string
  /** where the button for stopping posts to; undefined: it closes the connection */
  stopPath?(chatId: string): string
  /** sends the last message alone, as the documentation of persistent chats does */
  sendsLastMessage: boolean
}

export function stockBrowser(page: StockPage, { origin, chatId }: Visit): Browser {
  const chatOf = (messages: UIMessage[]) =>
    new Chat<UIMessage>({
      id: chatId,
      messages,
      generateId: () => randomUUID(),
      onError: () => undefined, // the page shows it
      transport: new DefaultChatTransport({
        api: `${origin}/api/chat`,
        ...(page.sendsLastMessage && {
          prepareSendMessagesRequest: ({ id, messages }: { id: string; messages: UIMessage[] }) => ({
            body: { id, message: messages.at(-1) },
          }),
        }),
      }),
    })
  return {
    ask(question) {
      const chat = chatOf([])
      void chat.sendMessage({ text: question })
      return aiSdkPage(chat)
    },
    async open() {
      const stored = page.messagesPath && (await storedMessages(`${origin}${page.messagesPath(chatId)}`))
      const chat = chatOf(stored ?? [])
      const opened = aiSdkPage(chat)
      if (page.isResumable) opened.during(chat.resumeStream())
      return opened
    },
    async stop(shown: Page) {
      const { chat } = shown as ReturnType<typeof aiSdkPage> // as made above
      if (page.stopPath) {
        const last = chat.messages.at(-1)
        const body = JSON.stringify(last?.role === "assistant" ? { assistantMessage: last } : {})
        const headers = { "content-type": "application/json" }
        await fetch(`${origin}${page.stopPath(chatId)}`, { method: "POST", headers, body })
      }
      await chat.stop()
    },
  }
}

async function storedMessages(url: string): Promise<UIMessage[]> {
  const response = await reloaded(url)
  return response.ok ? await response.json() : []
}
