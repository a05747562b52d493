import { fileTypeFromBuffer } from "file-type"
import { ChatError } from "#lib/errors.ts"
import { readText } from "./text-encoding.ts"

const readableTypes = ["image/png", "image/jpeg", "image/webp", "image/gif", "application/pdf"]
const textTypes = ["text/plain", "text/markdown", "text/csv"]

export interface KnownFile {
  mediaType: string
  /** as they came; of a text that came in another encoding its UTF-8, marked, so that the program that wrote it reads it too */
  bytes: Uint8Array<ArrayBuffer>
}

/**
 * What a file is, by its bytes. A name or a header is believed only where it makes no difference: which kind of text.
 * @throws ChatError "unsupported_file_type", or "unreadable_text" for text of an encoding that cannot be told
 */
export async function knownFile(bytes: Uint8Array<ArrayBuffer>, declared: string): Promise<KnownFile> {
  const found = (await fileTypeFromBuffer(bytes))?.mime
  if (found !== undefined && readableTypes.includes(found)) return { mediaType: found, bytes }
  const read = await readText(bytes)
  if (read === "binary") throw new ChatError("unsupported_file_type")
  if (read === "unknown") throw new ChatError("unreadable_text")
  const mediaType = textTypes.includes(declared) ? declared : "text/plain"
  return { mediaType, bytes: read.encoding === "utf-8" ? bytes : new TextEncoder().encode(`\uFEFF${read.text}`) }
}
