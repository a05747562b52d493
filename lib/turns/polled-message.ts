/** Polls an answer as it grows, for a reader whose stream could not be followed. */
import { setTimeout as sleep } from "node:timers/promises"
import { type ChatMessage, isFinal } from "#lib/chat-protocol.ts"
import { messageBuilder } from "#lib/chunks/message-builder.ts"
import { caughtUp, type FollowedStream } from "#lib/relay/relay.ts"
import type { ChatServices } from "./chat-services.ts"
import { recover } from "./recover.ts"
import { watchProducer } from "./watch-producer.ts"

const pollMs = 500

interface PolledMessage {
  streamId: string
  messageId: string
  /** aborted when the reader has left */
  gone: AbortSignal
}

/**
 * Reads the stored message repeatedly, and switches to the stream as soon as it can be followed. Ends with the final
 * message, or once the message is deleted. A version may lag behind an earlier one.
 */
export async function* pollMessage(services: ChatServices, polled: PolledMessage): AsyncGenerator<ChatMessage> {
  const { streamId, messageId, gone } = polled
  while (!gone.aborted) {
    // This reader may be the only one to notice that the producer has died.
    const row = await services.repository.streams.find(streamId)
    if (row?.isDead) await recover(services, streamId)
    const message = await services.repository.messages.find(messageId)
    if (!message) return
    yield message
    if (isFinal(message.metadata?.status ?? "COMPLETE")) return
    await sleep(pollMs)
    const stream = services.relay.isReachable && (await services.relay.resumeExistingStream(streamId))
    if (stream) yield* followMessage(message, watchProducer(services, { streamId, position: undefined }, stream), gone)
  }
}

async function* followMessage(
  message: ChatMessage,
  { items }: FollowedStream,
  gone: AbortSignal,
): AsyncGenerator<ChatMessage> {
  const builder = messageBuilder(message.id)
  const reader = items.getReader()
  const leave = () => void reader.cancel().catch(() => undefined)
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
