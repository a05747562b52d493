import { ChatError } from "#lib/errors.ts"
import { expectUnencoded } from "./read-bytes.ts"

export const jsonLimits = { maxBytes: 1_000_000, tooLarge: "body_too_large", patienceMs: 20_000 } as const
/** deeper than any valid request; the parser itself is limited only by its stack */
const maxDepth = 64

/**
 * Checks the headers of a JSON body.
 * @param isOptional allows a missing body, which then needs no type
 * @throws ChatError "unsupported_media_type", "unsupported_encoding"
 */
export function expectJson({ headers }: Request, isOptional = false): void {
  const contentType = headers.get("content-type")
  const isNone = (headers.get("content-length") ?? "0") === "0" && !headers.has("transfer-encoding")
  if (isOptional && isNone && contentType === null) return
  if (contentType?.split(";")[0]?.trim().toLowerCase() !== "application/json")
    throw new ChatError("unsupported_media_type")
  expectUnencoded(headers)
}

/**
 * Parses a JSON body.
 * @returns undefined for a missing body, if `isOptional`
 * @throws ChatError "invalid_encoding", "invalid_json"
 */
export function parseJson(bytes: Uint8Array, isOptional = false): unknown {
  const text = decode(bytes)
  if (isOptional && text.trim() === "") return undefined
  if (depthOf(text) > maxDepth) throw new ChatError("invalid_json")
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ChatError("invalid_json", { cause })
  }
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
