import { z } from "zod"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { chatMarkdown, type ExportedChat } from "./chat-markdown.ts"

export const exportFormats = z.enum(["markdown", "json"])
export type ExportFormat = z.infer<typeof exportFormats>

export interface ExportFile {
  name: string
  mediaType: string
  content: string
}

interface Exported extends ExportedChat {
  chatId: string
  /** slug */
  agent: string
}

/** Exports a chat as a file: Markdown to read, or JSON with everything on the shown branch. */
export function exportFile(chat: Exported, format: ExportFormat): ExportFile {
  const name = fileName(chat.title, chat.exportedAt)
  if (format === "markdown")
    return { name: `${name}.md`, mediaType: "text/markdown; charset=utf-8", content: chatMarkdown(chat) }
  return { name: `${name}.json`, mediaType: "application/json", content: chatJson(chat) }
}

/** Messages have the AI SDK's shape, as `GET …/messages` returns them. */
function chatJson({ chatId, title, agent, messages, exportedAt }: Exported): string {
  const document: ExportDocument = { id: chatId, title, agent, exportedAt: exportedAt.toISOString(), messages }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

export interface ExportDocument {
  id: string
  title: string
  agent: string
  /** ISO 8601 */
  exportedAt: string
  messages: ChatMessage[]
}

/**
 * Turns a title into a file name for any system: no separators, no invisible characters, no dot at the start. The date
 * at its end keeps it from being a name that Windows reserves.
 */
function fileName(title: string, at: Date): string {
  const safe = title
    .toWellFormed()
    .replace(/[/\\:*?"<>|\p{C}]/gu, " ")
    .replace(/\s+/g, " ")
    .replace(/^[. ]+/, "")
  const short = [...safe].slice(0, maxNameChars).join("").trim()
  return `${short || "Chat"} ${at.toISOString().slice(0, 10)}`
}

const maxNameChars = 80

/** Builds the header's value. Older clients read the first name, all others the second (RFC 6266). */
export function contentDisposition(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]/g, "_").replace(/["\\%]/g, "_")
  return `attachment; filename="${ascii}"; ${encodedFileName(name)}`
}

/** Encodes a file's name as a parameter of `content-disposition` (RFC 8187). */
export function encodedFileName(name: string): string {
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
  return `filename*=UTF-8''${encoded}`
}
