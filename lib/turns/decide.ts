import { ChatError } from "#lib/errors.ts"
import { type Begun, beginGeneration } from "./begin.ts"
import type { ChatServices } from "./chat-services.ts"
import type { Decided } from "./request/decision-request.ts"

/**
 * Takes the user's decisions on calls that wait. A new generation takes the answer's place and continues it, with the
 * agent and the model that made the calls. Approved calls run with their stored input, never with a client's.
 * @throws ChatError "approval_invalid" if not all of them wait at the end of this chat; nothing is changed then
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
