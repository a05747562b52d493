/** The files that messages name, as a model can read them: pictures and PDF as bytes, text as text. */
import type { FileUIPart } from "ai"
import type { HistoryMessage } from "#db/repository/history.ts"
import { type ChatMessagePart, fileIdOf } from "#lib/chat-protocol.ts"
import { readText } from "#lib/files/text-encoding.ts"
import type { Uploads } from "#lib/files/uploads.ts"
import { beginningOf, wellFormedText } from "../text.ts"
import { asMaterial } from "./quoted-material.ts"

/** As in `ChatServices`. */
export interface PromptFiles {
  files: Pick<Uploads, "read">
  /** `modelReads`: what models can take as bytes; of everything else they are told the name */
  config: { modelReads: readonly ("image" | "pdf")[] }
  onProblem: (error: unknown) => void
}

/** Of more, the newest are given, and of the others their names. */
const maxBytes = 20_000_000
const maxTextChars = 60_000

/** Never rejects: of a file that cannot be read the model is told so. */
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
    const shown = content.length > maxTextChars ? `${beginningOf(content, maxTextChars)}\n[…]` : content
    return text(asMaterial(`The file ${name} that the user attached`, shown))
  }

  /** What is not ours is a data URL: no other is let in. */
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
