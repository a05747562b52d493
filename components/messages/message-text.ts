import { type ChatMessage, withThoughts } from "#lib/chat-protocol.ts"

/** @returns what was said, without thoughts, tools and attachments */
export function textOf(message: ChatMessage): string {
  return withThoughts(message.parts)
    .flatMap((part) => (part.type === "text" ? [part.text] : []))
    .join("\n\n")
}
