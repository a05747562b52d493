/** An answer as it grows, for a reader that came when its stream could not be followed. */
import { setTimeout as sleep } from "node:timers/promises"
import { type ChatMessage, isFinal } from "#lib/chat-protocol.ts"
import { caughtUp, type FollowedStream } from "#lib/relay/relay.ts"
import { messageBuilder } from "../generation/storing/message-builder.ts"
import type { ChatServices } from "./chat-services.ts"
import { recover } from "./recover.ts"
import { watchProducer } from "./watch-producer.ts"

const rereadMs = 500

interface Growing {
  streamId: string
  messageId: string
  /** aborted when nobody reads any more */
  gone: AbortSignal
}

/**
 * The message as it is stored, read again and again; as the stream has it, as soon and as long as that can be followed.
 * It ends with the final message, or where the message is gone. What it gives may lag behind what it gave before.
 */
export async function* growthOf(services: ChatServices, growing: Growing): AsyncGenerator<ChatMessage> {
  const { streamId, messageId, gone } = growing
  while (!gone.aborted) {
    // Nobody else may be there to notice that its producer has died.
    const row = await services.repository.streams.find(streamId)
    if (row?.isDead) await recover(services, streamId)
    const message = await services.repository.messages.find(messageId)
    if (!message) return
    yield message
    if (isFinal(message.metadata?.status ?? "COMPLETE")) return
    await sleep(rereadMs)
    const stream = services.relay.isReachable && (await services.relay.resumeExistingStream(streamId))
    if (stream) yield* followedGrowth(message, watchProducer(services, { streamId, position: undefined }, stream), gone)
  }
}

async function* followedGrowth(
  message: ChatMessage,
  { items }: FollowedStream,
  gone: AbortSignal,
): AsyncGenerator<ChatMessage> {
  const builder = messageBuilder(message.id)
  const reader = items.getReader()
  const leave = () => void reader.cancel()
  gone.addEventListener("abort", leave)
  try {
    let isBacklog = true
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      if (value === caughtUp) isBacklog = false
      else builder.add(value)
      if (!isBacklog) yield { ...message, parts: await builder.parts() }
    }
  } finally {
    gone.removeEventListener("abort", leave)
    await reader.cancel()
  }
}
