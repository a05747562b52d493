/** A page on the AI SDK's own `Chat`, the object behind `useChat`. */
import type { Chat } from "@ai-sdk/react"
import type { UIMessage } from "ai"
import type { Page } from "../page.ts"

export interface AiSdkPage<Message extends UIMessage> extends Page {
  readonly chat: Chat<Message>
  /** The page works until this has settled, whatever the chat says. */
  during(work: Promise<unknown>): void
}

export function aiSdkPage<Message extends UIMessage>(chat: Chat<Message>): AiSdkPage<Message> {
  const listeners = new Set<() => void>()
  let working = 0
  const change = () => {
    for (const listener of listeners) listener()
  }
  chat["~registerMessagesCallback"](change)
  chat["~registerStatusCallback"](change)
  chat["~registerErrorCallback"](change)
  return {
    chat,
    get text() {
      const last = chat.messages.at(-1)
      if (last?.role !== "assistant") return ""
      return last.parts.map((part) => (part.type === "text" ? part.text : "")).join("")
    },
    get state() {
      if (chat.status === "submitted" || chat.status === "streaming" || working > 0) return "working"
      return chat.status === "error" ? "failed" : "ended"
    },
    get problem() {
      return chat.error?.message
    },
    onChange: (listener) => void listeners.add(listener),
    leave() {
      listeners.clear()
      void chat.stop()
    },
    during(work) {
      working += 1
      const settle = () => {
        working -= 1
        change()
      }
      work.then(settle, settle)
    },
  }
}
