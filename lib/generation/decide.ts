import { z } from "zod"
import type { Decision } from "#db/repository/decision.ts"
import { ChatError } from "#lib/errors.ts"
import { type Begun, beginGeneration } from "./begin.ts"
import type { ChatServices } from "./chat-services.ts"
import { isWellFormedText } from "./well-formed.ts"

const maxReasonChars = 1_000

const decisionSchema = z.strictObject({
  approvalId: z.string().regex(/^[\w.:-]{1,128}$/),
  approved: z.boolean(),
  reason: z.string().max(maxReasonChars).refine(isWellFormedText).optional(),
})

/** @throws ChatError "invalid_request" */
export function parseDecision(body: unknown): Decision {
  const parsed = decisionSchema.safeParse(body)
  if (!parsed.success) throw new ChatError("invalid_request", { cause: parsed.error })
  return parsed.data
}

/**
 * What the user says to a call that waits. It begins a generation that goes on in place of the answer: what was approved
 * is run as it is stored, whoever asks; and by the agent and the model that asked.
 * @throws ChatError "approval_invalid" where nothing of the kind waits at the end of this chat; nothing is changed then
 */
export async function decideApproval(
  services: ChatServices,
  { chatId, userId }: { chatId: string; userId: string },
  decision: Decision,
): Promise<Begun> {
  const answering = await services.chats.findAnswering(chatId, userId)
  if (!answering) throw new ChatError("chat_not_found")
  return beginGeneration(services, userId, { chatId, ...answering, asks: { kind: "decide", ...decision } })
}
