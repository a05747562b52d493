import type { ChatMessage } from "#lib/chat-protocol.ts"

/** Joins a message's text parts; empty without a message. */
export function textOf(message: Pick<ChatMessage, "parts"> | undefined): string {
  return message?.parts.map((part) => (part.type === "text" ? part.text : "")).join("") ?? ""
}
