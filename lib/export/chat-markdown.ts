/** Writes a chat as Markdown that stays intact whatever its messages contain. */
import { getToolName, isToolUIPart, type SourceUrlUIPart } from "ai"
import { type ChatMessage, isOwnAddress, type MessageStatus } from "#lib/chat-protocol.ts"
import { readableJson } from "../bytes-in-json.ts"
import { fenceFor, shortened } from "../text.ts"

export interface ExportedChat {
  title: string
  /** the agent's display name */
  agentName: string
  messages: ChatMessage[]
  exportedAt: Date
  /** this service's origin, for addresses of its own pages */
  origin: string
}

/** Writes questions as quotations and answers as they are; other parts get one line each. */
export function chatMarkdown({ title, agentName, messages, exportedAt, origin }: ExportedChat): string {
  const head = [`# ${escaped(title) || "Chat"}`, `*Exported ${timeOf(exportedAt.toISOString())}*`]
  const blocks = messages.flatMap((message) => [headOf(message, agentName), ...bodyOf(message, origin)])
  return `${[...head, ...blocks].join("\n\n")}\n`
}

function headOf({ role, metadata }: ChatMessage, agentName: string): string {
  const details = [metadata?.createdAt && timeOf(metadata.createdAt), metadata?.model && escaped(metadata.model)]
  const line = details.filter(Boolean).join(" · ")
  return `## ${role === "user" ? "You" : escaped(agentName)}${line ? `\n\n*${line}*` : ""}`
}

function bodyOf(message: ChatMessage, origin: string): string[] {
  const { parts, role, metadata } = message
  const blocks = parts.flatMap((part): string[] => {
    if (part.type === "text")
      return part.text.trim() === "" ? [] : [role === "user" ? quoted(part.text) : contained(part.text)]
    if (part.type === "file") return [`- Attached: ${escaped(part.filename ?? "a file")} (${escaped(part.mediaType)})`]
    if (isToolUIPart(part)) return [`- Used ${escaped(part.title ?? getToolName(part))}: ${outcomeOf(part)}`]
    return []
  })
  const pasted = (metadata?.artifacts ?? []).map(({ type }) => `- Attached: a text (${escaped(type.toLowerCase())})`)
  const note = metadata && notes[metadata.status]
  return [...pasted, ...blocks, ...sourcesOf(message, origin), ...(note ? [`*${note}*`] : [])]
}

const notes: Partial<Record<MessageStatus, string>> = {
  SENDING: "Still being written when this was exported.",
  STREAMING: "Still being written when this was exported.",
  STOPPED: "Stopped here.",
  ERROR: "The answer broke off here.",
  INTERRUPTED: "The answer broke off here.",
}

function outcomeOf(part: Extract<ChatMessage["parts"][number], { toolCallId: string }>): string {
  const input = part.input === undefined ? "nothing" : code(part.input)
  if (part.state === "output-available") return `${input} → ${code(part.output)}`
  if (part.state === "output-error") return `${input} → failed: ${code(part.errorText)}`
  return part.state === "output-denied" ? `${input} → denied` : `${input} → without a result`
}

function sourcesOf({ parts }: ChatMessage, origin: string): string[] {
  const sources = parts.filter((part): part is SourceUrlUIPart => part.type === "source-url")
  if (sources.length === 0) return []
  const list = sources.map(
    ({ url, title }, index) =>
      `${index + 1}. [${escaped(title || url)}](<${address(isOwnAddress(url) ? new URL(url, origin).href : url)}>)`,
  )
  return ["Sources:", list.join("\n")]
}

/**
 * Includes an answer's Markdown. If it might swallow the text after it (an open fence, HTML), it is quoted, since a
 * quotation ends with its last line.
 */
function contained(text: string): string {
  return mayStayOpen(text) ? quoted(text) : text.trimEnd()
}

/**
 * Returns true when in doubt. Fences in lists and quotations end with these, so only those at the margin count; a
 * slightly indented one may be either. A parser would be too slow: an answer has up to a million characters.
 */
function mayStayOpen(text: string): boolean {
  let fence: string | undefined
  for (const line of linesOf(text)) {
    const [, indent = "", run, rest = ""] = /^( {0,3})(`{3,}|~{3,})(.*)$/.exec(line) ?? []
    if (fence !== undefined) {
      if (run?.startsWith(fence) && rest.trim() === "") fence = undefined
    } else if (run !== undefined && !(run.startsWith("`") && rest.includes("`"))) {
      if (indent !== "") return true
      fence = run
    } else if (/^[\s>*+\-\d.)]*<[a-z/!?]/i.test(line)) return true
  }
  return fence !== undefined
}

function quoted(text: string): string {
  return linesOf(text.trim())
    .map((line) => (line === "" ? ">" : `> ${line}`))
    .join("\n")
}

function linesOf(text: string): string[] {
  return text.split(/\r\n?|\n/)
}

/** Line breaks and terminal codes, which do not belong in one line of Markdown. */
const breaksAndControls = /[\s\p{Cc}]+/gu

/** Escapes text as a single line without markup. */
function escaped(text: string): string {
  return text
    .replace(breaksAndControls, " ")
    .trim()
    .replace(/[\\`*_[\]<>&|~#!]/g, "\\$&")
}

const maxCodeChars = 200

/** Writes a value in one line of code, its bytes replaced, between more backticks than it contains. */
function code(value: unknown): string {
  const { json = "" } = readableJson(value)
  const whole = (typeof value === "string" ? String(JSON.parse(json)) : json).replace(breaksAndControls, " ").trim()
  const text = shortened(whole, maxCodeChars)
  if (text === "") return "nothing"
  const fence = fenceFor(text)
  return fence.length > 1 ? `${fence} ${text} ${fence}` : `${fence}${text}${fence}`
}

/** Encodes characters that would end the address or begin an entity in it. */
function address(url: string): string {
  return url.replace(/[<>\\\s&]/g, (character) => (character === "&" ? "&amp;" : encodeURIComponent(character)))
}

/** Writes a time as "2026-11-21 08:13 UTC". */
function timeOf(iso: string): string {
  return `${iso.slice(0, 16).replace("T", " ")} UTC`
}
