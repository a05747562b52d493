import { setTimeout as wait } from "node:timers/promises"
import type { StreamRow } from "#db/repository/stream-repository.ts"
import type { ChatMessage, EventId } from "#lib/chat-protocol.ts"
import type { FollowedStream } from "#lib/relay/relay.ts"
import type { ChatServices } from "./chat-services.ts"
import { recover } from "./recover.ts"
import { watchProducer } from "./watch-producer.ts"

export type Followed =
  | { kind: "nothing" }
  | { kind: "live"; streamId: string; stream: FollowedStream }
  /** nothing runs, or resuming is off */
  | { kind: "stored"; streamId: string; message: ChatMessage }
  /** it runs, but its relay cannot be reached: the stored message is polled until it is final */
  | { kind: "growing"; streamId: string; messageId: string }

/** The time that a new stream may take to appear in the relay. */
const relayLagMs = 1_000

/**
 * Follows the stream that runs in a chat, or the one that is named.
 * @param position the last event the reader has
 * @returns "nothing" also for a chat that does not exist or is another user's, and for a stream of another chat
 */
export async function followChat(
  services: ChatServices,
  { chatId, userId, streamId }: { chatId: string; userId: string; streamId?: string | undefined },
  position?: EventId,
): Promise<Followed> {
  const { streams } = services.repository
  const newest = (await streams.findNewest(chatId, userId))?.stream
  if (newest && (streamId ?? newest.streamId) === newest.streamId) return follow(services, newest, position)
  const isOlder = newest && streamId !== undefined && (await streams.isOfChat(streamId, chatId))
  return isOlder ? followStream(services, streamId, position) : { kind: "nothing" }
}

/** Follows a stream whose reader is known to own it. */
export async function followStream(services: ChatServices, streamId: string, position?: EventId): Promise<Followed> {
  const row = await services.repository.streams.find(streamId)
  return row ? follow(services, row, position) : { kind: "nothing" }
}

async function follow(services: ChatServices, found: StreamRow, position: EventId | undefined): Promise<Followed> {
  const { streamId, messageId } = found
  const isRunning = found.isDead ? (await recover(services, streamId)) === "running" : found.isRunning
  if (isRunning && services.config.isResumable) {
    const stream = await findInRelay(services, streamId, () => services.relay.resumeExistingStream(streamId, position))
    if (stream) return { kind: "live", streamId, stream: watchProducer(services, { streamId, position }, stream) }
    const now = await services.repository.streams.find(streamId)
    if (now?.isRunning) return { kind: "growing", streamId, messageId }
  } else if (!isRunning && position !== undefined && position === found.lastEventId) return { kind: "nothing" }
  const message = await services.repository.messages.find(messageId)
  return message ? { kind: "stored", streamId, message } : { kind: "nothing" }
}

/**
 * Waits for a stream whose row is there already: a reload can be faster than the relay.
 * @param find asks the relay once
 * @returns undefined if it cannot be found, or has ended
 */
export async function findInRelay<Found>(
  services: Pick<ChatServices, "relay" | "repository">,
  streamId: string,
  find: () => Promise<Found | undefined>,
): Promise<Found | undefined> {
  const startedAt = performance.now()
  for (;;) {
    const found = await find()
    if (found || !services.relay.isReachable || performance.now() - startedAt > relayLagMs) return found
    const row = await services.repository.streams.find(streamId)
    if (!row?.isRunning) return undefined
    await wait(100)
  }
}
