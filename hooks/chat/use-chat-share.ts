import { useEffect, useEffectEvent, useState } from "react"
import type { ChatShare } from "#lib/share-protocol.ts"
import { requestShare } from "#lib/transports/chat-api.ts"
import { ChatProblem } from "#lib/transports/chat-problem.ts"

export interface ChatSharing {
  /** null: not shared; undefined: not known yet */
  share: ChatShare | null | undefined
  isBusy: boolean
  problem: Problem | undefined
  /** Makes the link, or brings what it shows up to date. */
  create(): void
  remove(): void
  /** after a problem */
  look(): void
}

/** A sentence for people, or that the server was not reached. */
type Problem = { message: string | undefined }

/** Whether a chat can be read by link, and the switch for it. */
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

  const look = useEffectEvent(() => void ask("GET"))
  useEffect(() => look(), [])

  return {
    share,
    isBusy,
    problem,
    create: () => void ask("POST"),
    remove: () => void ask("DELETE"),
    look: () => void ask("GET"),
  }
}
