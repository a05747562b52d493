import type { Chat } from "@ai-sdk/react"
import { useEffect, useEffectEvent, useRef } from "react"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { readMessages, selectBranch } from "#lib/transports/chat-api.ts"
import { readMs } from "../browser/use-refetch.ts"

export interface Branches {
  /** shows the branch that a message is on */
  show(messageId: string): void
  /** the next answer begins a branch: when it has ended, the list of branches is read from the server */
  expectNew(): void
}

interface BranchesOptions {
  isStreaming: boolean
  onProblem(error: Error): void
}

/** Switches between a chat's branches: the server has all of them, the browser only the one that is shown. */
export function useBranches(chat: Chat<ChatMessage>, { isStreaming, onProblem }: BranchesOptions): Branches {
  const isExpected = useRef(false)

  /** Adds what only the server knows to the messages, which are complete here. */
  const readBranches = useEffectEvent(async () => {
    const messages = await readMessages(chat.id, AbortSignal.timeout(readMs))
    if (!messages) return
    const isSame = messages.length === chat.messages.length && messages.at(-1)?.id === chat.messages.at(-1)?.id
    if (isSame && chat.status !== "submitted" && chat.status !== "streaming") chat.messages = messages
  })

  useEffect(() => {
    if (isStreaming || !isExpected.current) return
    isExpected.current = false
    // If this fails, the next reload shows the branches.
    readBranches().catch(() => undefined)
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

/** Makes the message that replaces an edited one, with its attachments. */
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
