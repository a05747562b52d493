import type { ChatServices } from "#lib/turns/chat-services.ts"
import type { Followed } from "#lib/turns/follow.ts"
import { followedItems } from "#lib/turns/followed-items.ts"
import type { AttachedReader } from "./attach-reader.ts"
import { eventStreamResponse, type PickChunks } from "./event-stream.ts"

/**
 * Sends what `follow` found.
 * @param attach called if there is something to follow
 * @throws what `attach` throws
 */
export async function followedResponse(
  services: ChatServices,
  followed: Followed,
  attach: (streamId: string) => AttachedReader,
  pick?: PickChunks,
): Promise<Response> {
  if (followed.kind === "nothing") return nothingToFollow()
  const { streamId } = followed
  const { items, resume } = followedItems(services, followed)
  try {
    const headers = { "x-stream-id": streamId, "x-resume": resume }
    return eventStreamResponse(items, { headers, reader: attach(streamId), pick })
  } catch (refused) {
    await items.cancel()
    throw refused
  }
}

/** Answers 204: a stock client shows any other status as an error on a new chat's page. */
export function nothingToFollow(): Response {
  return new Response(null, { status: 204, headers: { "cache-control": "no-store" } })
}
