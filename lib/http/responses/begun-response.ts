import type { Services } from "#lib/services.ts"
import type { Begun } from "#lib/turns/begin.ts"
import { attachReader } from "./attach-reader.ts"
import { eventStreamResponse, type PickChunks } from "./event-stream.ts"
import { followedResponse } from "./followed-response.ts"
import { outliveResponse } from "./outlive-response.ts"

/** Streams a new generation; a repeated request follows the running one. */
export async function begunResponse(
  services: Services,
  user: Parameters<typeof attachReader>[1],
  begin: () => Promise<Begun>,
  pick?: PickChunks,
): Promise<Response> {
  // The slot is acquired before anything begins, so a request refused for lack of one changes nothing.
  const reader = attachReader(services, user)
  try {
    const begun = await begin()
    if (begun.kind === "repeated") {
      if (begun.followed.kind === "nothing") reader.leave()
      return await followedResponse(services.chat, begun.followed, () => reader, pick)
    }
    outliveResponse(begun.ended, services.logger)
    const isCutOff = services.chat.config.isResumable && !begun.opened.isShared
    const headers = { "x-stream-id": begun.streamId, ...(isCutOff && { "x-resume": "off" }) }
    return eventStreamResponse(begun.opened.items, { headers, reader, pick })
  } catch (error) {
    reader.leave()
    throw error
  }
}
