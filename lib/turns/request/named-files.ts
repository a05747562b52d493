import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import { fileIdOf } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import type { Uploads } from "#lib/files/uploads.ts"
import type { TurnRequest } from "./turn-request.ts"

/**
 * Replaces what a turn says about the files it names by what is stored about them.
 * @throws ChatError "file_not_found", also if one is another user's
 */
export async function withKnownFiles(
  files: Pick<Uploads, "find">,
  userId: string,
  asks: TurnRequest["asks"],
): Promise<TurnRequest["asks"]> {
  if (asks.kind !== "submit") return asks
  const ids = fileIdsIn(asks.message.parts)
  if (ids.length === 0) return asks
  const known = new Map((await files.find(ids, userId)).map((file) => [file.id, file]))
  const parts = asks.message.parts.map((part): ChatMessagePart => {
    const id = part.type === "file" ? fileIdOf(part.url) : undefined
    if (part.type !== "file" || id === undefined) return part
    const file = known.get(id)
    if (!file) throw new ChatError("file_not_found")
    return { ...part, mediaType: file.mediaType, filename: file.filename }
  })
  return { ...asks, message: { ...asks.message, parts } }
}

function fileIdsIn(parts: ChatMessagePart[]): string[] {
  return parts.flatMap((part) => (part.type === "file" ? (fileIdOf(part.url) ?? []) : []))
}
