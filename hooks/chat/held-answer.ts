import { isToolUIPart } from "ai"
import type { ChatMessage } from "#lib/chat-protocol.ts"

/**
 * Keeps showing a running answer as it was while it is being sent again, from its beginning or with corrections, until it
 * has caught up or ended. So nothing disappears, moves or fades in twice.
 */
export class HeldAnswer {
  #shown: ChatMessage | undefined
  #held: { from: ChatMessage; as: ChatMessage } | undefined

  /** @returns the messages to show. Calling it again with the same messages changes nothing. */
  update(messages: ChatMessage[], isWriting: boolean): ChatMessage[] {
    const last = messages.at(-1)
    if (!isWriting || last?.role !== "assistant") {
      this.#shown = undefined
      return messages
    }
    const before = this.#shown
    if (before?.id !== last.id || sizeOf(last) >= sizeOf(before)) {
      this.#shown = last
      return messages
    }
    // The same object for the same message, so that the answer is not rendered in vain.
    if (this.#held?.from !== last) this.#held = { from: last, as: { ...before, metadata: last.metadata } }
    return [...messages.slice(0, -1), this.#held.as]
  }
}

/** How much an answer shows: characters and calls. */
function sizeOf({ parts }: ChatMessage): number {
  return parts.reduce((size, part) => {
    if (part.type === "text" || part.type === "reasoning") return size + part.text.length
    return isToolUIPart(part) ? size + 1 : size
  }, 0)
}
