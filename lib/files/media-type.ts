import { fileTypeFromBuffer } from "file-type"

const readableTypes = ["image/png", "image/jpeg", "image/webp", "image/gif", "application/pdf"]
const textTypes = ["text/plain", "text/markdown", "text/csv"]

/**
 * What a file is, by its bytes. A name or a header is believed only where it makes no difference: which kind of text.
 * @returns undefined for what cannot be attached
 */
export async function mediaTypeOf(bytes: Uint8Array<ArrayBuffer>, declared: string): Promise<string | undefined> {
  const found = (await fileTypeFromBuffer(bytes))?.mime
  if (found !== undefined && readableTypes.includes(found)) return found
  if (!isText(bytes)) return undefined
  return textTypes.includes(declared) ? declared : "text/plain"
}

function isText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes)
    return true
  } catch {
    // That it cannot be decoded is the answer.
    return false
  }
}
