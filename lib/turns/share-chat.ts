import type { ChatOfUser, ShareRepository } from "#db/repository/share-repository.ts"
import type { ChatShare } from "#lib/share-protocol.ts"
import type { ChatServices } from "./chat-services.ts"
import { recoveringFirst } from "./recovering-first.ts"

/**
 * Lets anyone with the link read what the chat shows now. Sharing a chat again keeps its link.
 * @throws ChatError "chat_not_found", "generation_running"
 */
export async function shareChat(
  services: ChatServices,
  shares: Pick<ShareRepository, "share">,
  of: ChatOfUser,
): Promise<ChatShare> {
  const { share } = await recoveringFirst(services, () => shares.share(of))
  return share
}
