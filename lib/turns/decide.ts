import { ChatError } from "#lib/errors.ts"
import { type Begun, beginGeneration } from "./begin.ts"
import type { ChatServices } from "./chat-services.ts"
import type { Decided } from "./request/decision-request.ts"

/**
 * Takes what the user says to calls that wait. It begins a generation that continues in place of the answer: what was
 * approved is run as it is stored, whoever asks; and by the agent and the model that asked.
 * @throws ChatError "approval_invalid" where not all of them wait at the end of this chat; nothing is changed then
 */
export async function decideApproval(
  services: ChatServices,
  { chatId, userId }: { chatId: string; userId: string },
  { decisions }: Pick<Decided, "decisions">,
): Promise<Begun> {
  const answering = await services.repository.chats.findAnswering(chatId, userId)
  if (!answering) throw new ChatError("chat_not_found")
  return beginGeneration(services, userId, { chatId, ...answering, asks: { kind: "decide", decisions } })
}
