import { ChatError } from "#lib/errors.ts"
import type { ChatServices } from "./chat-services.ts"
import { recoveringFirst } from "./recovering-first.ts"

/**
 * Shows the branch a message is on, to its newest end.
 * @throws ChatError "chat_not_found", "message_not_found", "generation_running"
 */
export async function switchBranch(
  services: ChatServices,
  branch: { chatId: string; userId: string; messageId: string },
): Promise<void> {
  const outcome = await recoveringFirst(services, () => services.chats.showBranch(branch))
  switch (outcome.kind) {
    case "shown":
      return
    case "busy":
      throw new ChatError("generation_running", { streamId: outcome.streamId })
    case "chat-not-found":
      throw new ChatError("chat_not_found")
    case "message-not-found":
      throw new ChatError("message_not_found")
  }
}
