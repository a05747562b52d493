import { useEffect, useEffectEvent, useState } from "react"
import type { ChatShare } from "#lib/share-protocol.ts"
import { requestShare } from "#lib/transports/chat-api.ts"
import { ChatProblem } from "#lib/transports/chat-problem.ts"

export interface ChatSharing {
  /** null: the chat is not shared; undefined: not known yet */
  share: ChatShare | null | undefined
  isBusy: boolean
  problem: Problem | undefined
  /** creates the link, or updates what it shows */
  create(): void
  remove(): void
  /** reads the state again, after a problem */
  refresh(): void
}

/** A sentence for people; without one the server could not be reached. */
type Problem = { message: string | undefined }

/** Reads and changes whether a chat is shared by a link. */
export function useChatShare(chatId: string): ChatSharing {
  const [share, setShare] = useState<ChatShare | null>()
  const [isBusy, setBusy] = useState(true)
  const [problem, setProblem] = useState<Problem>()

  async function ask(method: "GET" | "POST" | "DELETE"): Promise<void> {
    setBusy(true)
    setProblem(undefined)
    try {
      setShare(await requestShare(chatId, method))
    } catch (error) {
      setProblem({ message: error instanceof ChatProblem ? error.message : undefined })
    }
    setBusy(false)
  }

  const readFirst = useEffectEvent(() => void ask("GET"))
  useEffect(() => readFirst(), [])

  return {
    share,
    isBusy,
    problem,
    create: () => void ask("POST"),
    remove: () => void ask("DELETE"),
    refresh: () => void ask("GET"),
  }
}
