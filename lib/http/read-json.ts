import { ChatError } from "#lib/errors.ts"
import { readBytes } from "./read-bytes.ts"

const limits = { maxBytes: 1_000_000, tooLarge: "body_too_large", patienceMs: 20_000 } as const
/** deeper than any request of ours; a parser's own limit is its stack */
const maxDepth = 64

/**
 * Reads a JSON body and trusts nothing about it: type, encoding, size, pace, UTF-8, depth.
 * @returns undefined for an empty body where `isOptional`
 */
export async function readJson(request: Request, { isOptional = false } = {}): Promise<unknown> {
  const contentType = request.headers.get("content-type")
  if (isOptional && contentType === null && isWithoutBody(request)) return undefined
  if (contentType?.split(";")[0]?.trim().toLowerCase() !== "application/json")
    throw new ChatError("unsupported_media_type")
  if ((request.headers.get("content-encoding") ?? "identity") !== "identity")
    throw new ChatError("unsupported_encoding")

  const text = decode(await readBytes(request, limits))
  if (isOptional && text.trim() === "") return undefined
  if (depthOf(text) > maxDepth) throw new ChatError("invalid_json")
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ChatError("invalid_json", { cause })
  }
}

function isWithoutBody(request: Request): boolean {
  return request.body === null || request.headers.get("content-length") === "0"
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new ChatError("invalid_encoding", { cause })
  }
}

function depthOf(json: string): number {
  let depth = 0
  let deepest = 0
  let isInString = false
  for (let index = 0; index < json.length; index++) {
    const character = json[index]
    if (isInString) {
      if (character === "\\") index++
      else if (character === '"') isInString = false
    } else if (character === '"') isInString = true
    else if (character === "{" || character === "[") deepest = Math.max(deepest, ++depth)
    else if (character === "}" || character === "]") depth--
  }
  return deepest
}
