import type { ComponentProps } from "react"
import { Answer } from "#components/messages/message.tsx"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { mount } from "../mount.ts"

/** Renders an answer that has ended and is the last of its chat. */
export function mountAnswer(
  message: ChatMessage,
  actions: Partial<ComponentProps<typeof Answer>> = {},
): Promise<HTMLElement> {
  return mount(
    <Answer
      message={message}
      isLive={false}
      isLast
      agentName="Assistant"
      onRegenerate={undefined}
      onContinue={undefined}
      onDecide={undefined}
      onSwitch={undefined}
      {...actions}
    />,
  )
}
