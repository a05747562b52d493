import { getToolName, isToolUIPart } from "ai"
import type { StoredShare } from "#db/repository/share-repository.ts"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import type { SharedChat, SharedMessage, SharedPart } from "#lib/share-protocol.ts"

/**
 * Selects what visitors of a shared chat may see, by an explicit list: texts, addresses of sources, and the fact that a
 * tool or an attachment was there. Thoughts, tools' inputs and outputs, files, ids and costs stay private.
 */
export function sharedChat({ title, sharedAt, messages }: StoredShare): SharedChat {
  return {
    title,
    sharedAt: sharedAt.toISOString(),
    messages: messages.map(({ role, status, parts, artifactCount }): SharedMessage => {
      const pasted = Array.from({ length: artifactCount }, (): SharedPart => ({ type: "attachment", name: undefined }))
      return { role, isWhole: status === "COMPLETE", parts: [...pasted, ...parts.flatMap(sharedPart)] }
    }),
  }
}

function sharedPart(part: ChatMessagePart): SharedPart[] {
  if (part.type === "text") return part.text === "" ? [] : [{ type: "text", text: part.text }]
  if (part.type === "source-url")
    return [{ type: "source", url: part.url, ...(part.title !== undefined && { title: part.title }) }]
  if (part.type === "file") return [{ type: "attachment", name: part.filename }]
  if (isToolUIPart(part)) return [{ type: "tool", name: part.title ?? getToolName(part) }]
  return []
}
