import { usePathname, useRouter } from "next/navigation"
import { startTransition, useEffect, useEffectEvent, useRef, useState } from "react"

export interface ChatAddress {
  /** undefined: a new chat, of which nothing was sent yet */
  chatId: string | undefined
  /** rises with each new chat that is begun on this page: what belongs to the one before is to be dropped */
  visit: number
  /** gives the new chat its address */
  settle(chatId: string): void
  /** to a new chat */
  leave(): void
}

/**
 * A new chat gets its address with its first message, and keeps its page: a navigation would unmount what is being
 * written. To Next it is still the page of a new chat, so coming and going between such addresses is seen to here.
 * @param storedChatId the chat this page was made for; undefined: a new one
 */
export function useChatAddress(agent: string, storedChatId: string | undefined): ChatAddress {
  const router = useRouter()
  const pathname = usePathname()
  const newChatPath = `/agent/${agent}`
  const [visit, setVisit] = useState(0)
  const [settledId, setSettledId] = useState<string>()
  const shownPath = useRef(newChatPath)

  const follow = useEffectEvent((path: string) => {
    if (storedChatId !== undefined || path === shownPath.current) return
    if (path !== newChatPath) return router.replace(path)
    shownPath.current = newChatPath
    // Together with a list of chats that knows the one just left.
    startTransition(() => {
      router.refresh()
      setVisit((before) => before + 1)
      setSettledId(undefined)
    })
  })
  useEffect(() => follow(pathname), [pathname])

  return {
    chatId: storedChatId ?? settledId,
    visit,
    settle(chatId) {
      if (storedChatId !== undefined) return
      shownPath.current = `${newChatPath}/${chatId}`
      setSettledId(chatId)
      window.history.replaceState(null, "", shownPath.current)
    },
    leave: () => router.push(newChatPath),
  }
}
