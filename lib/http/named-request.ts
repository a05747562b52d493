import { createHash } from "node:crypto"
import type { NamedRequest } from "#db/repository/turns/turn.ts"
import { ChatError } from "#lib/errors.ts"

const keyPattern = /^[\x21-\x7e]{1,255}$/

/**
 * Names a request by its client's key: header `Idempotency-Key`, any text. Keys of different users never collide.
 * @param asked the parsed request, so that two spellings of one request are equal
 * @returns undefined without a key
 * @throws ChatError "invalid_request" if the key is empty, longer than 255 characters or not plain ASCII without spaces
 */
export function namedRequest(key: string | null, userId: string, asked: object): NamedRequest | undefined {
  if (key === null) return undefined
  if (!keyPattern.test(key))
    throw new ChatError("invalid_request", { details: [{ path: "Idempotency-Key", problem: "invalid_key" }] })
  return { key: hashOf([userId, key]), hash: hashOf(asked) }
}

function hashOf(value: object): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url")
}
