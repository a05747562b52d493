import type { Asker } from "#lib/auth/session.ts"
import type { Services } from "#lib/services.ts"
import type { Begun } from "#lib/turns/begin.ts"
import type { ChatServices } from "#lib/turns/chat-services.ts"
import type { Followed } from "#lib/turns/follow.ts"
import { type FollowedItems, followedItems } from "#lib/turns/followed-items.ts"
import { type AttachedReader, attachReader } from "./attach-reader.ts"
import { outliveResponse } from "./outlive-response.ts"

/** An answer that is ready for one reader. Every way in formats its items. */
export interface AttachedAnswer extends Pick<FollowedItems, "items"> {
  streamId: string
  /** undefined: this request began the stream; "off": it did, and no other reader can follow */
  resume: FollowedItems["resume"] | "off" | undefined
  /** to be released when the reader leaves */
  reader: AttachedReader
}

/**
 * Attaches a reader to a new generation, or to what a repeated request finds.
 * @returns undefined if there is nothing to follow
 * @throws ChatError as `begin` does, "too_many_connections"
 */
export async function attachToBegun(
  services: Services,
  user: Asker,
  begin: () => Promise<Begun>,
): Promise<AttachedAnswer | undefined> {
  // The slot is acquired before anything begins, so a request refused for lack of one changes nothing.
  const reader = attachReader(services, user)
  try {
    const begun = await begin()
    if (begun.kind === "repeated") {
      if (begun.followed.kind === "nothing") reader.leave()
      return await attachToFollowed(services.chat, begun.followed, () => reader)
    }
    const { streamId, opened, ended } = begun
    outliveResponse(ended, services.logger)
    const isCutOff = services.chat.config.isResumable && !opened.isShared
    return { streamId, resume: isCutOff ? "off" : undefined, items: opened.items, reader }
  } catch (error) {
    reader.leave()
    throw error
  }
}

/**
 * Attaches a reader to what `follow` found.
 * @param attach called if there is something to follow
 * @returns undefined if there is not
 * @throws what `attach` throws
 */
export async function attachToFollowed(
  services: ChatServices,
  followed: Followed,
  attach: (streamId: string) => AttachedReader,
): Promise<AttachedAnswer | undefined> {
  if (followed.kind === "nothing") return undefined
  const { streamId } = followed
  const { items, resume } = followedItems(services, followed)
  try {
    return { streamId, resume, items, reader: attach(streamId) }
  } catch (refused) {
    await items.cancel()
    throw refused
  }
}
