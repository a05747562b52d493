/** Replaces bytes in tools' inputs and outputs: base64 that neither a person nor a model reads as text. */
export interface PictureFound {
  mediaType: string
  base64: string
}

export interface ReadableJson {
  /** the value with a word in place of all bytes; undefined if it has no JSON form */
  json: string | undefined
  /** in order, of types that every browser and model accepts; the text names them too */
  pictures: PictureFound[]
}

/** Writes a value as JSON with its bytes replaced; a string stays one, in quotation marks. */
export function readableJson(value: unknown, indent?: number): ReadableJson {
  const pictures: PictureFound[] = []

  function named(mediaType: string, base64: string): string {
    if (shownKinds.test(mediaType)) pictures.push({ mediaType, base64: base64.replace(/\s+/g, "") })
    return `[${kindOf(mediaType)}, ${sizeOf(base64)}]`
  }

  // Not an arrow function, because `this`, the object that holds the text, names its type.
  function readable(this: unknown, key: string, member: unknown): unknown {
    if (typeof member !== "string") return member
    const mediaType = byteKeys.has(key) ? mediaTypeIn(this) : undefined
    if (mediaType !== undefined && !mediaType.startsWith("text/") && onlyBase64.test(member))
      return named(mediaType, member)
    if (member.length < minUntypedChars) return member.includes("data:") ? withoutDataUrls(member) : member
    const known = beginnings.find(([beginning]) => member.startsWith(beginning))?.[1]
    if (onlyBase64.test(member) && (known !== undefined || isMixed(member))) return named(known ?? "", member)
    return withoutDataUrls(member)
  }

  function withoutDataUrls(text: string): string {
    return text.replace(dataUrls, (_, mediaType: string, base64: string) => named(mediaType, base64))
  }

  return { json: JSON.stringify(value, readable, indent), pictures }
}

const shownKinds = /^image\/(?:png|jpeg|gif|webp)$/
const byteKeys = new Set(["data", "blob", "image", "base64"])
const onlyBase64 = /^[A-Za-z0-9+/\r\n]{60,}={0,2}\s*$/
const dataUrls = /data:([a-z]{1,20}\/[\w.+-]{1,80})(?:;[\w=.-]{1,80}){0,4};base64,([A-Za-z0-9+/=]{200,})/gi
/** Shorter base64 may be anything: a key, a cursor, a name. */
const minUntypedChars = 4_000
/** How pictures begin in base64. */
const beginnings = [
  ["iVBORw0KGgo", "image/png"],
  ["/9j/", "image/jpeg"],
  ["R0lGOD", "image/gif"],
  ["UklGR", "image/webp"],
] as const

/**
 * Tells bytes from other long words: bytes contain letters of both cases and digits, other words rarely all of them.
 */
function isMixed(text: string): boolean {
  return /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text)
}

function mediaTypeIn(holder: unknown): string | undefined {
  if (typeof holder !== "object" || holder === null) return undefined
  const found = Object.entries(holder).find(([key]) => key === "mimeType" || key === "mediaType" || key === "mime_type")
  return typeof found?.[1] === "string" ? found[1].toLowerCase().slice(0, 100) : undefined
}

function kindOf(mediaType: string): string {
  if (mediaType.startsWith("image/")) return `a picture: ${mediaType}`
  if (mediaType.startsWith("audio/")) return `an audio clip: ${mediaType}`
  if (mediaType.startsWith("video/")) return `a video: ${mediaType}`
  return mediaType === "" ? "a file" : `a file: ${mediaType}`
}

function sizeOf(base64: string): string {
  return `${Math.ceil((base64.length * 3) / 4 / 1000)} kB`
}
