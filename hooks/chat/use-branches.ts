import type { Chat } from "@ai-sdk/react"
import { useEffect, useEffectEvent, useRef } from "react"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { readMessages, selectBranch } from "#lib/transports/chat-api.ts"
import { readMs } from "../browser/use-refetch.ts"

export interface Branches {
  /** Shows the branch a message is on. */
  show(messageId: string): void
  /** What is sent now begins a branch: when it has ended, the server says which others there are. */
  expectNew(): void
}

interface BranchesOptions {
  isStreaming: boolean
  onProblem(error: Error): void
}

/** The branches of a chat, of which the server knows all and the browser has the one that is shown. */
export function useBranches(chat: Chat<ChatMessage>, { isStreaming, onProblem }: BranchesOptions): Branches {
  const isExpected = useRef(false)

  /** What was written here is whole: only what the server knows besides is taken over. */
  const learn = useEffectEvent(async () => {
    const messages = await readMessages(chat.id, AbortSignal.timeout(readMs))
    if (!messages) return
    const isSame = messages.length === chat.messages.length && messages.at(-1)?.id === chat.messages.at(-1)?.id
    if (isSame && chat.status !== "submitted" && chat.status !== "streaming") chat.messages = messages
  })

  useEffect(() => {
    if (isStreaming || !isExpected.current) return
    isExpected.current = false
    // The next reload says it as well.
    learn().catch(() => undefined)
  }, [isStreaming])

  async function show(messageId: string): Promise<void> {
    chat.messages = await selectBranch(chat.id, messageId)
  }

  return {
    show: (messageId) => void show(messageId).catch(onProblem),
    expectNew() {
      isExpected.current = true
    },
  }
}

/** A message with another text in the place of an earlier one; what was attached to that is attached to this. */
export function branchOf(edited: ChatMessage, { id, text }: { id: string; text: string }): ChatMessage {
  const files = edited.parts.filter((part) => part.type === "file")
  const { artifacts, branches = { ids: [edited.id] } } = edited.metadata ?? {}
  const ids = [...branches.ids, id]
  return {
    id,
    role: "user",
    parts: [...files, { type: "text", text }],
    metadata: {
      status: "COMPLETE",
      replaces: edited.id,
      branches: { ids, index: ids.length - 1 },
      ...(artifacts && { artifacts }),
    },
  }
}
