/** Puts the files that messages name into the prompt: pictures and PDF as bytes, text as text. */
import type { FileUIPart } from "ai"
import type { HistoryMessage } from "#db/repository/history.ts"
import { type ChatMessagePart, fileIdOf } from "#lib/chat-protocol.ts"
import { readText } from "#lib/files/text-encoding.ts"
import type { Uploads } from "#lib/files/uploads.ts"
import { shortened, wellFormedText } from "../text.ts"
import { asMaterial } from "./quoted-material.ts"

/** The part of `ChatServices` that reads files. */
export interface PromptFiles {
  files: Pick<Uploads, "read">
  /** `modelReads`: kinds of files that models take as bytes; of others they get the name */
  config: { modelReads: readonly ("image" | "pdf")[] }
  onProblem: (error: unknown) => void
}

/** Above this total, older files are given by name only. */
const maxBytes = 20_000_000
const maxTextChars = 60_000

/** Reads the files of a history. Never rejects: the prompt says if a file could not be read. */
export async function withFiles(
  { files, config, onProblem }: PromptFiles,
  history: HistoryMessage[],
): Promise<HistoryMessage[]> {
  let roomBytes = maxBytes
  const read: HistoryMessage[] = []
  for (const message of history.toReversed()) {
    const parts: ChatMessagePart[] = []
    for (const part of message.parts) parts.push(part.type === "file" ? await readable(part) : part)
    read.unshift({ ...message, parts })
  }
  return read

  async function readable(part: FileUIPart): Promise<ChatMessagePart> {
    const name = part.filename ?? part.mediaType
    const kind = kindOf(part.mediaType)
    if (kind !== "text" && !config.modelReads.includes(kind)) return text(`[${kind}: ${name}]`)
    if (roomBytes <= 0) return text(`[${kind}: ${name}, left out for its size]`)
    const bytes = await bytesOf(part)
    if (!bytes) return text(`[${kind}: ${name}, which cannot be read any more]`)
    roomBytes -= bytes.byteLength
    if (kind !== "text")
      return { ...part, url: `data:${part.mediaType};base64,${Buffer.from(bytes).toString("base64")}` }
    const read = await readText(bytes)
    if (typeof read === "string") return text(`[${kind}: ${name}, which is no text that can be read]`)
    const content = wellFormedText(read.text)
    const shown = shortened(content, maxTextChars, "\n[…]")
    return text(asMaterial(`The file ${name} that the user attached`, shown))
  }

  /** Reads a file. An address that is not our own is a data URL, since requests with any other are refused. */
  async function bytesOf({ url }: FileUIPart): Promise<Uint8Array | undefined> {
    const id = fileIdOf(url)
    const reading = id === undefined ? fetch(url).then((response) => response.bytes()) : files.read(id)
    return reading.catch((error: unknown) => void onProblem(error))
  }
}

function kindOf(mediaType: string): "image" | "pdf" | "text" {
  if (mediaType.startsWith("image/")) return "image"
  return mediaType === "application/pdf" ? "pdf" : "text"
}

function text(words: string): ChatMessagePart {
  return { type: "text", text: words }
}
