import { growingChunks, storedChunks } from "#lib/generation/stored-chunks.ts"
import type { ChatServices } from "#lib/turns/chat-services.ts"
import type { Followed } from "#lib/turns/follow.ts"
import { pollMessage } from "#lib/turns/polled-message.ts"
import type { AttachedReader } from "./attach-reader.ts"
import { eventStreamResponse, type PickChunks, storedResponse } from "./event-stream.ts"

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
  const headers = { "x-stream-id": streamId }
  switch (followed.kind) {
    case "live": {
      const { items, resume } = followed.stream
      try {
        return eventStreamResponse(items, {
          headers: { ...headers, "x-resume": resume },
          reader: attach(streamId),
          pick,
        })
      } catch (refused) {
        await items.cancel()
        throw refused
      }
    }
    case "stored":
      return storedResponse(() => storedChunks(followed.message), { headers, reader: attach(streamId), pick })
    case "growing":
      return storedResponse((gone) => growingChunks(pollMessage(services, { ...followed, gone })), {
        headers,
        reader: attach(streamId),
        pick,
      })
  }
}

/** Answers 204: a stock client shows any other status as an error on a new chat's page. */
export function nothingToFollow(): Response {
  return new Response(null, { status: 204, headers: { "cache-control": "no-store" } })
}
