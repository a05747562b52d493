import { useEffect, useEffectEvent, useRef } from "react"
import type { OlderChats } from "#hooks/chats/use-older-chats.ts"
import { texts } from "../texts.ts"
import { row } from "./chat-row.tsx"

interface OlderChatsRowProps {
  older: OlderChats
  /** how many stand before it: with new ones it is looked anew whether the end is near */
  listed: number
  /** somebody asks for them at this row: what comes follows the row before it */
  onAsk(rowBefore: Element | null): void
}

/** The end of the list, as far as it is loaded. The rest is fetched when the end comes near, or by who presses here. */
export function OlderChatsRow({ older, listed, onAsk }: OlderChatsRowProps) {
  const end = useRef<HTMLLIElement>(null)
  const { state } = older
  const load = useEffectEvent(older.load)

  // An observer says only what has changed since it began: so it begins anew with each new row.
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
      {/* Not `disabled`: while they come the button would lose the keyboard's focus. */}
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

/** About ten rows: they are there before one sees that they were not. */
const nearPx = 400
