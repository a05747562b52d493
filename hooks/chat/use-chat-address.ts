import { usePathname, useRouter } from "next/navigation"
import { startTransition, useEffect, useEffectEvent, useRef, useState } from "react"

export interface ChatAddress {
  /** undefined: a new chat without a message yet */
  chatId: string | undefined
  /** increases with each new chat on this page; state of the chat before must be dropped */
  visit: number
  /** gives a new chat its address */
  settle(chatId: string): void
  /** opens a new chat */
  leave(): void
}

/**
 * Gives a new chat its address with the first message, without a navigation, which would unmount the running answer. For
 * Next it is still the page of a new chat, so this handles navigation between such addresses.
 * @param storedChatId the chat that this page was rendered for; undefined: a new one
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
    // The new list of chats has the one just left.
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
