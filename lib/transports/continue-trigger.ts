import type { ChatTransport } from "ai"
import type { ChatMessage, UserDecision } from "#lib/chat-protocol.ts"

type SendOptions = Parameters<ChatTransport<ChatMessage>["sendMessages"]>[0]

/** Turns a regenerate request into one that continues the answer, which `useChat` has no trigger for. */
export const continueRequest = { body: { trigger: "continue-message" } }

/** Turns a regenerate request into the user's decision on a tool call that waits in the answer. */
export function decisionRequest({ approvalId, approved }: UserDecision) {
  return { body: { trigger: "decide", decision: { approvalId, approved } } }
}

/** @returns the trigger to send to the server */
export function triggerOf({ trigger, body }: Pick<SendOptions, "trigger" | "body">): string {
  const continues = body !== undefined && "trigger" in body && body.trigger === continueRequest.body.trigger
  return continues ? continueRequest.body.trigger : trigger
}

/** @returns the user's decision; undefined if the request carries none */
export function decisionOf({ body }: Pick<SendOptions, "body">): object | undefined {
  const { decision } = (body ?? {}) as Partial<ReturnType<typeof decisionRequest>["body"]>
  return decision
}
