import { once } from "node:events"
import { type TrackedEnvelope, tracked } from "@trpc/server"
import type { UIMessageChunk } from "ai"
import type { Asker } from "#lib/auth/session.ts"
import { type EventId, endsStream } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { attachReader } from "#lib/http/responses/attach-reader.ts"
import { attachToFollowed } from "#lib/http/responses/attached-answer.ts"
import { slots } from "#lib/limits/slots.ts"
import { caughtUp } from "#lib/relay/relay.ts"
import { followChat } from "#lib/turns/follow.ts"
import { startsOver, unbrokenItems } from "#lib/turns/unbroken-items.ts"
import { maxBatchSize, type TrpcContext } from "./context.ts"

/**
 * Stands in for the id of a chunk of a stored message, which cannot be continued. Without an id, tRPC's clients would
 * return with the last one they had, though they have started over since.
 */
export const storedId = "stored"

const followedAtOnce = slots(maxBatchSize)

interface Asked {
  chatId: string
  /** follows only this stream */
  streamId?: string | undefined
  lastEventId?: EventId | typeof storedId | undefined
}

/**
 * Follows an answer up to its last chunk, across broken streams: tRPC's clients take the end of a subscription for the
 * end of the answer. A stream that can only start over does so with its `start` chunk.
 * @param gone aborts when the reader has left
 * @throws ChatError "too_many_connections", "too_many_subscriptions", "unauthenticated" once the session has ended
 */
export async function* followAnswer(
  { services, requestId, user, untilWritable }: TrpcContext & { user: Asker },
  { chatId, streamId, lastEventId }: Asked,
  gone: AbortSignal,
): AsyncGenerator<TrackedEnvelope<UIMessageChunk>, void> {
  using _place = takePlace(requestId)
  const position = lastEventId === storedId ? undefined : lastEventId
  const followed = await followChat(services.chat, { chatId, userId: user.id, streamId }, position)
  const answer = await attachToFollowed(services.chat, followed, (found) => attachReader(services, user, found))
  if (!answer) return
  const { reader } = answer
  using leaving = firstToAbort([gone, reader.sessionEnded, services.drained])
  try {
    for await (const item of unbrokenItems(services, { ...answer, position }, leaving.signal)) {
      if (item === caughtUp || item === startsOver) continue
      yield tracked(item.id ?? storedId, item.chunk)
      if (endsStream(item.chunk)) return
      await untilWritable(leaving.signal)
    }
    if (reader.sessionEnded.aborted) throw new ChatError("unauthenticated")
    // To return would tell the client that the answer has ended. Its connection ends with this process.
    if (services.isDraining && !gone.aborted) await once(gone, "abort")
  } finally {
    reader.leave()
  }
}

/** A client that connects again follows everything that it followed on its socket by one batch. */
function takePlace(requestId: string): Disposable {
  const release = followedAtOnce.acquire(requestId)
  if (!release) throw new ChatError("too_many_subscriptions")
  return { [Symbol.dispose]: release }
}

function firstToAbort(signals: AbortSignal[]): { signal: AbortSignal } & Disposable {
  const first = new AbortController()
  const over = new AbortController()
  for (const each of signals) {
    if (each.aborted) first.abort()
    else each.addEventListener("abort", () => first.abort(), { signal: over.signal })
  }
  return { signal: first.signal, [Symbol.dispose]: () => over.abort() }
}
