import { fileTypeFromBuffer } from "file-type"
import { ChatError } from "#lib/errors.ts"
import { readText } from "./text-encoding.ts"

const binaryTypes = ["image/png", "image/jpeg", "image/webp", "image/gif", "application/pdf"]
const textTypes = ["text/plain", "text/markdown", "text/csv"]

export interface CheckedFile {
  mediaType: string
  /**
   * the given bytes; text in another encoding becomes UTF-8 with a byte order mark, so that the program that wrote it
   * can read it
   */
  bytes: Uint8Array<ArrayBuffer>
}

/**
 * Determines a file's type from its bytes. The declared type only decides which kind of text it is.
 * @throws ChatError "unsupported_file_type", or "unreadable_text" if the text's encoding cannot be determined
 */
export async function checkedFile(bytes: Uint8Array<ArrayBuffer>, declared: string): Promise<CheckedFile> {
  const found = (await fileTypeFromBuffer(bytes))?.mime
  if (found !== undefined && binaryTypes.includes(found)) return { mediaType: found, bytes }
  const read = await readText(bytes)
  if (read === "binary") throw new ChatError("unsupported_file_type")
  if (read === "unknown") throw new ChatError("unreadable_text")
  const mediaType = textTypes.includes(declared) ? declared : "text/plain"
  return { mediaType, bytes: read.encoding === "utf-8" ? bytes : new TextEncoder().encode(`\uFEFF${read.text}`) }
}
