import type { UIMessageChunk } from "ai"
import type { EventId } from "#lib/chat-protocol.ts"
import { growingChunks, storedChunks } from "#lib/generation/stored-chunks.ts"
import type { caughtUp, ResumeKind } from "#lib/relay/relay.ts"
import type { ChatServices } from "./chat-services.ts"
import type { Followed } from "./follow.ts"
import { pollMessage } from "./polled-message.ts"

/**
 * What a reader gets. A chunk without an id belongs to a stored message, which is not a stream that could be
 * continued.
 */
export type FollowedItem = { id?: EventId; chunk: UIMessageChunk } | typeof caughtUp

export interface FollowedItems {
  resume: ResumeKind | "stored"
  /** Reads nothing before it is asked to. If it ends before the chunk that ends the answer, its end is missing. */
  items: ReadableStream<FollowedItem>
}

/** Opens what `follow` found, the same for every way in. */
export function followedItems(services: ChatServices, followed: Exclude<Followed, { kind: "nothing" }>): FollowedItems {
  switch (followed.kind) {
    case "live":
      return followed.stream
    case "stored":
      return { resume: "stored", items: chunkItems(() => storedChunks(followed.message)) }
    case "growing":
      return {
        resume: "stored",
        items: chunkItems((gone) => growingChunks(pollMessage(services, { ...followed, gone }))),
      }
  }
}

/** @param chunksUntil receives a signal that aborts when the reader has left */
function chunkItems(chunksUntil: (gone: AbortSignal) => AsyncIterable<UIMessageChunk>): ReadableStream<FollowedItem> {
  const leaving = new AbortController()
  const iterator = chunksUntil(leaving.signal)[Symbol.asyncIterator]()
  return new ReadableStream<FollowedItem>(
    {
      async pull(controller) {
        const next = await iterator.next()
        if (next.done) controller.close()
        else controller.enqueue({ chunk: next.value })
      },
      async cancel() {
        leaving.abort()
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
