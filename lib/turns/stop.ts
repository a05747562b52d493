import { setTimeout as wait } from "node:timers/promises"
import { ChatError } from "#lib/errors.ts"
import { endRuns } from "./agents.ts"
import type { ChatServices } from "./chat-services.ts"
import { recover } from "./recover.ts"

/** Longer than a lease: by then the generation has ended, or its producer counts as dead. */
const maxWaitMs = 12_000

/**
 * Stops the answer that runs in a chat, for every tab and on whichever process.
 * @param streamId stops only this stream; a newer one continues
 * @returns once the final state is durable: true; false if nothing ran
 * @throws ChatError "chat_not_found", "stream_not_found", "stream_mismatch"
 */
export async function stopChat(
  services: ChatServices,
  who: { chatId: string; userId: string },
  streamId?: string,
): Promise<boolean> {
  const found = await services.repository.streams.findNewest(who.chatId, who.userId)
  if (!found) throw new ChatError("chat_not_found")
  const newest = found.stream
  if (streamId !== undefined && streamId !== newest?.streamId) {
    if (!(await belongsTo(services, who.chatId, streamId))) throw new ChatError("stream_not_found")
    if (newest?.isRunning) throw new ChatError("stream_mismatch", { streamId: newest.streamId })
  }
  if (!newest?.isRunning) {
    // An agent elsewhere may still wait for a decision.
    await endRuns(services, who.chatId)
    return false
  }

  // The flag decides: if the relay loses the message, the producer sees the flag with its next save or lease.
  await services.repository.streams.requestStop(newest.streamId)
  const own = services.running.find(newest.streamId)
  if (own) {
    own.stop()
    await own.ended
    return true
  }
  await services.relay.stop(newest.streamId)
  await ended(services, newest.streamId)
  return true
}

/**
 * Stops any user's stream, for an operator.
 * @returns its owner, and whether it ran
 * @throws ChatError "stream_not_found"
 */
export async function stopStream(
  services: ChatServices,
  streamId: string,
): Promise<{ stopped: boolean; chatId: string; userId: string }> {
  const [turn] = await services.repository.turns.list({ userIds: [], streamIds: [streamId] })
  if (!turn) throw new ChatError("stream_not_found")
  const { chatId, userId } = turn
  return { chatId, userId, stopped: turn.isRunning && (await stopChat(services, turn, streamId)) }
}

async function belongsTo(services: ChatServices, chatId: string, streamId: string): Promise<boolean> {
  const recent = await services.streams.loadStreams(chatId).catch((): string[] => [])
  if (recent.includes(streamId)) return true
  return services.repository.streams.isOfChat(streamId, chatId)
}

async function ended(services: ChatServices, streamId: string): Promise<void> {
  const startedAt = performance.now()
  for (let pauseMs = 50; performance.now() - startedAt < maxWaitMs; pauseMs = Math.min(pauseMs * 2, 500)) {
    const row = await services.repository.streams.find(streamId)
    if (!row?.isRunning) return
    if (row.isDead) return void (await recover(services, streamId))
    await wait(pauseMs)
  }
  throw new ChatError("internal_error", { cause: new Error("the producer did not stop in time") })
}
