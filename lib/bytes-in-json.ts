/** Bytes inside of what tools are given and give: base64 that nobody reads as text, neither a person nor a model. */
export interface PictureFound {
  mediaType: string
  base64: string
}

export interface ReadableJson {
  /** the value with a word in the place of all bytes; undefined where JSON has none for it */
  json: string | undefined
  /** in order, of the kinds that every browser and model takes; their words are in the text as well */
  pictures: PictureFound[]
}

/** @returns the value as JSON, bytes named; a string stays one, between quotation marks */
export function readableJson(value: unknown, indent?: number): ReadableJson {
  const pictures: PictureFound[] = []

  function named(mediaType: string, base64: string): string {
    if (shownKinds.test(mediaType)) pictures.push({ mediaType, base64: base64.replace(/\s+/g, "") })
    return `[${kindOf(mediaType)}, ${sizeOf(base64)}]`
  }

  // Not an arrow: what holds the text says what it is.
  function readable(this: unknown, key: string, member: unknown): unknown {
    if (typeof member !== "string") return member
    const mediaType = byteKeys.has(key) ? mediaTypeIn(this) : undefined
    if (mediaType !== undefined && !mediaType.startsWith("text/") && onlyBase64.test(member))
      return named(mediaType, member)
    if (member.length < leastUnnamedChars) return member.includes("data:") ? withoutDataUrls(member) : member
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
/** A word in base64 that is shorter may be anything: a key, a cursor, a name. */
const leastUnnamedChars = 4_000
/** How base64 of pictures begins. */
const beginnings = [
  ["iVBORw0KGgo", "image/png"],
  ["/9j/", "image/jpeg"],
  ["R0lGOD", "image/gif"],
  ["UklGR", "image/webp"],
] as const

/** Bytes hold letters of both cases and digits; what is but long, seldom all of these. */
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
