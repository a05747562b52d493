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
  await recoveringFirst(services, () => services.repository.messages.showBranch(branch))
}
