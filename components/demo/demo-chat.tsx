"use client"

import { useSwitchedNetwork } from "#hooks/demo/demo-network.ts"
import type { ChatPage } from "#lib/chat-protocol.ts"
import { ChatView } from "../chat-view.tsx"

/** The real chat in a compact layout, with a network that the surrounding page can switch off. */
export function DemoChat({ page }: { page: ChatPage }) {
  useSwitchedNetwork()
  return (
    <div className="demo-view">
      <ChatView page={page} isFolded />
    </div>
  )
}
