import type { ChatTransport } from "ai"
import type { ChatMessage, UserDecision } from "#lib/chat-protocol.ts"

type SendOptions = Parameters<ChatTransport<ChatMessage>["sendMessages"]>[0]

/** Given along with a regenerate: the answer is gone on with instead of being written anew, which `useChat` has no word for. */
export const goOn = { body: { trigger: "continue-message" } }

/** The same after the user has decided on a call that waits in the answer. */
export function decided({ approvalId, approved }: UserDecision) {
  return { body: { trigger: "decide", decision: { approvalId, approved } } }
}

/** What the server is asked for. */
export function triggerOf({ trigger, body }: Pick<SendOptions, "trigger" | "body">): string {
  const isGoingOn = body !== undefined && "trigger" in body && body.trigger === goOn.body.trigger
  return isGoingOn ? goOn.body.trigger : trigger
}

/** @returns undefined where the request is no decision */
export function decisionOf({ body }: Pick<SendOptions, "body">): object | undefined {
  const { decision } = (body ?? {}) as Partial<ReturnType<typeof decided>["body"]>
  return decision
}
