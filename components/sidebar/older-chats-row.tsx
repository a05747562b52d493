import { useEffect, useEffectEvent, useRef } from "react"
import type { OlderChats } from "#hooks/chats/use-older-chats.ts"
import { texts } from "../texts.ts"
import { row } from "./chat-row.tsx"

interface OlderChatsRowProps {
  older: OlderChats
  /** how many chats are above it; a change checks again whether the end of the list is near */
  listed: number
  /** called when the user presses the row; new chats will follow `rowBefore` */
  onAsk(rowBefore: Element | null): void
}

/** The end of the loaded list. Loads more when it comes near, or when the user presses it. */
export function OlderChatsRow({ older, listed, onAsk }: OlderChatsRowProps) {
  const end = useRef<HTMLLIElement>(null)
  const { state } = older
  const load = useEffectEvent(older.load)

  // An observer reports only changes, so a new one starts after each page of chats.
  useEffect(() => {
    const element = end.current
    if (!element || state !== "available") return
    const observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && load(), {
      root: element.parentElement,
      rootMargin: `0px 0px ${nearPx}px 0px`,
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [state, listed])

  return (
    <li ref={end} data-testid="older-chats" data-state={state}>
      {/* Not `disabled`, so that the button keeps the keyboard's focus while loading. */}
      <button
        type="button"
        aria-disabled={state === "loading"}
        onClick={() => {
          onAsk(end.current?.previousElementSibling ?? null)
          older.load()
        }}
        className={`${row} w-full flex-wrap gap-y-0! text-start text-quiet aria-disabled:cursor-default aria-disabled:bg-transparent!`}
      >
        {state === "failed" ? (
          <>
            <span className="text-failed">{texts.olderChatsFailed}</span>
            <span className="font-medium text-accent">{texts.retry}</span>
          </>
        ) : (
          <span>{state === "loading" ? texts.olderChatsComing : texts.olderChats}</span>
        )}
      </button>
      <span role="status" className="sr-only">
        {state === "failed" ? texts.olderChatsFailed : ""}
      </span>
    </li>
  )
}

/** About ten rows, so that older chats are loaded before their absence is visible. */
const nearPx = 400
