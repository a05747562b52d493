/** Writes a turn as the content of one of Goose's prompts: the user's message, and the history once a session. */
import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  SharedV4Warning,
} from "@ai-sdk/provider"
import { readableJson } from "#lib/bytes-in-json.ts"
import { beginningOf, shortened } from "#lib/text.ts"

/** A part of a prompt. A link to a file is none of them: Goose would read it from its own disk. */
export type ContentBlock =
  | { type: "text"; text: string }
  | { type: "image"; mimeType: string; data: string }
  | { type: "resource"; resource: { uri: string; mimeType: string; text: string } }

export interface GoosePrompt {
  blocks: ContentBlock[]
  /** names what Goose does not take, which the prompt only mentions */
  warnings: SharedV4Warning[]
}

/** It stays in the session and is sent with every later question: 200 kB take Goose 0.15 s, 3 MB 5.5 s. */
const maxHistoryChars = 200_000
/** A result of a tool is seldom needed again in full. */
const maxResultChars = 4_000

/**
 * @param turn `marker` begins the message and names the turn in what Goose stores; `isNew`: the session knows nothing
 * yet of what was said before
 */
export function goosePrompt(
  prompt: LanguageModelV4Prompt,
  { marker, isNew, takesImages }: { marker: string; isNew: boolean; takesImages: boolean },
): GoosePrompt {
  const lastUser = prompt.findLastIndex(({ role }) => role === "user")
  // After an answer that broke off in a tool, there is no new question.
  const questionIndex = lastUser === prompt.length - 1 ? lastUser : prompt.length
  const warnings: SharedV4Warning[] = []
  const question = prompt[questionIndex]
  const content = question?.role === "user" ? question.content.flatMap(blockOf) : []
  if (content.every((block) => block.type === "text" && block.text.trim() === ""))
    content.push({ type: "text", text: "Go on with your last answer." })
  const before = isNew ? historyOf(prompt.slice(0, questionIndex)) : ""
  // Goose carries out a prompt whose text begins with "/", such as "/clear": the first words are always ours.
  return { blocks: [{ type: "text", text: `${before}${marker}\n` }, ...content], warnings }

  function blockOf(part: { type: "text"; text: string } | LanguageModelV4FilePart): ContentBlock[] {
    if (part.type === "text") return part.text === "" ? [] : [{ type: "text", text: part.text }]
    const { mediaType, filename = mediaType, data } = part
    if (mediaType.startsWith("text/")) {
      const text = textOf(data)
      const uri = `attachment:///${encodeURIComponent(filename)}`
      if (text !== undefined) return [{ type: "resource", resource: { uri, mimeType: mediaType, text } }]
    }
    const isImage = mediaType.startsWith("image/")
    if (isImage && takesImages && data.type === "data")
      return [{ type: "image", mimeType: mediaType, data: base64Of(data.data) }]
    if (isImage || mediaType === "application/pdf")
      warnings.push({ type: "unsupported", feature: isImage ? "image" : "pdf" })
    return [{ type: "text", text: `[A file that cannot be read here: ${filename}]` }]
  }
}

function base64Of(data: Uint8Array | string): string {
  return typeof data === "string" ? data : Buffer.from(data).toString("base64")
}

function textOf(data: LanguageModelV4FilePart["data"]): string | undefined {
  if (data.type === "text") return data.text
  if (data.type !== "data") return undefined
  return Buffer.from(base64Of(data.data), "base64").toString("utf8")
}

/** Writes the newest of a conversation, as much as fits, as text that Goose reads as what was said before. */
function historyOf(messages: LanguageModelV4Message[]): string {
  const instructions = messages.flatMap((message) => (message.role === "system" ? [message.content.trim()] : []))
  const said: string[] = []
  let roomChars = maxHistoryChars
  for (const message of messages.toReversed()) {
    const text = message.role === "system" ? "" : textOfMessage(message)
    if (text === "") continue
    const whole = `${message.role === "user" ? "User" : "You"}:\n${text}\n\n`
    if (whole.length > roomChars) {
      said.unshift("(What was said before this is left out.)\n\n")
      break
    }
    roomChars -= whole.length
    said.unshift(whole)
  }
  const given = instructions.filter((text) => text !== "").map((text) => `${beginningOf(text, maxHistoryChars)}\n\n`)
  const conversation =
    said.length > 0 ? `This conversation began elsewhere. What was said so far:\n\n${said.join("")}` : ""
  return `${given.join("")}${conversation}`
}

function textOfMessage(message: Exclude<LanguageModelV4Message, { role: "system" }>): string {
  const lines: string[] = []
  for (const part of message.content) {
    if (part.type === "text") lines.push(part.text)
    else if (part.type === "file") lines.push(`[A file: ${part.filename ?? part.mediaType}]`)
    else if (part.type === "tool-call") lines.push(`[Called ${part.toolName} with ${shortJson(part.input)}]`)
    else if (part.type === "tool-result") lines.push(`[${part.toolName} returned ${shortJson(part.output)}]`)
  }
  return lines.join("\n").trim()
}

function shortJson(value: unknown): string {
  const { json = "nothing" } = readableJson(value)
  return shortened(json, maxResultChars)
}
