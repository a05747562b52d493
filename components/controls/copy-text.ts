import type { ChatMessage } from "#lib/chat-protocol.ts"
import { textOf } from "../messages/message-text.ts"
import { texts } from "../texts.ts"

/** @returns false where the browser does not let the page copy: not allowed, or a page without https */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

/** @returns what became of it, for people; undefined where there is no answer */
export async function copyLastAnswer(messages: ChatMessage[]): Promise<string | undefined> {
  const last = messages.findLast((message) => message.role === "assistant" && textOf(message) !== "")
  if (!last) return undefined
  return (await copyText(textOf(last))) ? texts.answerCopied : texts.copyFailed
}
