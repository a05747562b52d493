/** A chat as a Markdown document that stays whole, whatever was said in it. */
import { getToolName, isToolUIPart, type SourceUrlUIPart } from "ai"
import { type ChatMessage, isOwnAddress, type MessageStatus } from "#lib/chat-protocol.ts"
import { readableJson } from "../bytes-in-json.ts"

export interface ExportedChat {
  title: string
  /** who answers, for people */
  agentName: string
  messages: ChatMessage[]
  exportedAt: Date
  /** of this service, for the addresses of pages of its own */
  origin: string
}

/** Questions are quotations, answers stand as they are; what goes beyond text is named in a line each. */
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
 * An answer is Markdown already. Where what follows might be taken for a part of it (a fence that nobody closed, HTML), it
 * is quoted: a quotation ends with its last line, whatever is open in it.
 */
function contained(text: string): string {
  return mayStayOpen(text) ? quoted(text) : text.trimEnd()
}

/**
 * In doubt, true. Fences in lists and quotations end with these, so only those at the margin count; one that is slightly
 * indented may be either. No parser: an answer has a million characters, and this server others to serve.
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

/** Line breaks and terminal codes are neither Markdown nor text. */
const breaksAndControls = /[\s\p{Cc}]+/gu

/** Text that is nothing but text, in one line. */
function escaped(text: string): string {
  return text
    .replace(breaksAndControls, " ")
    .trim()
    .replace(/[\\`*_[\]<>&|~#!]/g, "\\$&")
}

const mostCodeChars = 200

/** A value in one line, its bytes named, between more backticks than it has itself. */
function code(value: unknown): string {
  const { json = "" } = readableJson(value)
  const whole = (typeof value === "string" ? String(JSON.parse(json)) : json).replace(breaksAndControls, " ").trim()
  const text = whole.length > mostCodeChars ? `${whole.slice(0, mostCodeChars).toWellFormed()}…` : whole
  if (text === "") return "nothing"
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = "`".repeat(longest + 1)
  return longest > 0 ? `${fence} ${text} ${fence}` : `${fence}${text}${fence}`
}

/** What would end the address, or begin an entity in it, is encoded. */
function address(url: string): string {
  return url.replace(/[<>\\\s&]/g, (character) => (character === "&" ? "&amp;" : encodeURIComponent(character)))
}

/** As in "2026-11-21 08:13 UTC". */
function timeOf(iso: string): string {
  return `${iso.slice(0, 16).replace("T", " ")} UTC`
}
