import type { ChatTransport } from "ai"
import type { ChatMessage } from "#lib/chat-protocol.ts"

type SendOptions = Parameters<ChatTransport<ChatMessage>["sendMessages"]>[0]

/** Given along with a regenerate: the answer is gone on with instead of being written anew, which `useChat` has no word for. */
export const goOn = { body: { trigger: "continue-message" } }

/** What the server is asked for. */
export function triggerOf({ trigger, body }: Pick<SendOptions, "trigger" | "body">): string {
  const isGoingOn = body !== undefined && "trigger" in body && body.trigger === goOn.body.trigger
  return isGoingOn ? goOn.body.trigger : trigger
}
