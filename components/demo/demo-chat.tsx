"use client"

import { useSwitchedNetwork } from "#hooks/demo/demo-network.ts"
import type { ChatPage } from "#lib/chat-protocol.ts"
import { ChatView } from "../chat-view.tsx"

/** The real chat, in a slim frame and with a network that the page around it can take away. */
export function DemoChat({ page }: { page: ChatPage }) {
  useSwitchedNetwork()
  return (
    <div className="demo-view">
      <ChatView page={page} isFolded />
    </div>
  )
}
