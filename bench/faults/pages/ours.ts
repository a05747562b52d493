/** Our own page without its looks: its transport over HTTP, and what `hooks/use-chat-manager.ts` adds to it. */
import { randomUUID } from "node:crypto"
import { setTimeout as wait } from "node:timers/promises"
import { Chat } from "@ai-sdk/react"
import { isUnfinished } from "#hooks/chat/unfinished.ts"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { StreamReset, StreamSilent } from "#lib/transports/chat-problem.ts"
import { ResilientChatTransport } from "#lib/transports/resilient-chat-transport.ts"
import { type Browser, reloaded, type Visit } from "../page.ts"
import { aiSdkPage } from "./ai-sdk-page.ts"

/** As in `hooks/use-chat-manager.ts` and `hooks/use-auto-resume.ts`. */
const startOverAfterMs = 300
const retryMs = 15_000
const stopTries = 10
const stopPauseMs = 200

export function ourBrowser({ origin, chatId }: Visit): Browser {
  const api = `${origin}/api/chat`

  function pageOf(messages: ChatMessage[]) {
    const chat: Chat<ChatMessage> = new Chat<ChatMessage>({
      id: chatId,
      messages,
      generateId: () => randomUUID(),
      transport: new ResilientChatTransport({ agent: "assistant", api }),
      onError(error) {
        const isSilent = error instanceof StreamSilent && isUnfinished(chat.messages)
        if (!(error instanceof StreamReset) && !isSilent) return
        page.during(wait(isSilent ? retryMs : startOverAfterMs).then(() => chat.resumeStream()))
      },
    })
    const page = aiSdkPage(chat)
    return page
  }

  return {
    ask(question) {
      const page = pageOf([])
      void page.chat.sendMessage({ text: question })
      return page
    },
    async open() {
      const page = pageOf(await storedMessages(`${api}/${chatId}/messages`))
      if (isUnfinished(page.chat.messages)) page.during(page.chat.resumeStream())
      return page
    },
    async stop() {
      for (let tries = 0; tries < stopTries; tries++) {
        const response = await fetch(`${api}/${chatId}/stop`, { method: "POST" })
        if (response.ok && (await response.json()).stopped) return
        await wait(stopPauseMs)
      }
    },
  }
}

async function storedMessages(url: string): Promise<ChatMessage[]> {
  const response = await reloaded(url)
  return response.ok ? (await response.json()).messages : []
}
