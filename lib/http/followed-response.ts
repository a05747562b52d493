import type { ChatServices } from "#lib/generation/chat-services.ts"
import { type Followed, readGrowth } from "#lib/generation/follow.ts"
import { growingChunks, storedChunks } from "#lib/generation/stored-chunks.ts"
import { eventStreamResponse, storedResponse } from "./event-stream.ts"

export function followedResponse(services: ChatServices, followed: Followed): Response {
  switch (followed.kind) {
    case "nothing":
      return nothingToFollow()
    case "live":
      return eventStreamResponse(followed.stream.items, {
        "x-stream-id": followed.streamId,
        "x-resume": followed.stream.resume,
      })
    case "stored":
      return storedResponse(storedChunks(followed.message), { "x-stream-id": followed.streamId })
    case "growing":
      return storedResponse(
        growingChunks(() => readGrowth(services, followed)),
        { "x-stream-id": followed.streamId },
      )
  }
}

/** A stock client turns any other status into an error on a new chat's page. */
export function nothingToFollow(): Response {
  return new Response(null, { status: 204, headers: { "cache-control": "no-store" } })
}
