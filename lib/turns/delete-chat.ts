import type { UserNews } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { endRuns } from "./agents.ts"
import type { ChatServices } from "./chat-services.ts"

/**
 * Deletes a chat. An answer that is being written in it ends for every reader. A producer that misses the news finds out
 * with its next save or lease.
 * @param askedMsAgo how long the user could undo it: a turn that began since then, on any device, keeps the chat
 * @throws ChatError "chat_not_found", "chat_gone_on"
 */
export async function deleteChat(
  services: ChatServices,
  { chatId, userId, askedMsAgo }: { chatId: string; userId: string; askedMsAgo?: number | undefined },
): Promise<void> {
  // Where an agent's run is found goes with the chat. A run of an answer that is being written ends with its producer.
  const found = services.remoteAgents.size > 0 && (await services.repository.streams.findNewest(chatId, userId))
  if (found && found.stream?.isRunning === false) await endRuns(services, chatId)
  const deleted = await services.repository.chats.delete(chatId, userId, askedMsAgo)
  if (deleted.kind === "refused") throw new ChatError(deleted.code)
  const { running } = deleted
  const gone: UserNews = { type: "chat-deleted", chatId }
  if (!running) return services.events.publish(userId, gone)
  services.events.publish(userId, { type: "turn-ended", chatId, ...running, status: "STOPPED" }, gone)
  const { streamId } = running
  const own = services.running.find(streamId)
  if (own) {
    own.stop()
    await own.ended
  } else await services.relay.stop(streamId).catch((error: unknown) => services.onProblem(error, streamId))
}
