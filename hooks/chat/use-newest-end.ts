import { useEffect, useEffectEvent, useLayoutEffect, useRef } from "react"
import { useStickToBottom } from "use-stick-to-bottom"

/**
 * Keeps a list at its newest end until somebody scrolls up, and brings whoever asks for something back to it.
 * @param asked rises with what is asked for here
 * @param move how the end is followed as it grows
 */
export function useNewestEnd(asked: number, move: "instant" | "smooth") {
  const list = useStickToBottom({ initial: "instant", resize: move })
  const { scrollRef, scrollToBottom, state } = list

  // At once: from far up in the conversation, all of it would run past one.
  const seen = useRef(asked)
  useLayoutEffect(() => {
    if (seen.current === asked) return
    seen.current = asked
    void scrollToBottom("instant")
  }, [asked, scrollToBottom])

  // A phone's keyboard, a question of many lines: the window to the list changes its height, and one still sees its end.
  const stay = useEffectEvent(() => {
    // Where the end comes nearer because there is more room, the library would take it for scrolling up.
    state.resizeDifference = ofTheFrame
    requestAnimationFrame(() =>
      setTimeout(() => {
        if (state.resizeDifference === ofTheFrame) state.resizeDifference = 0
      }, 1),
    )
    if (state.isAtBottom) void scrollToBottom({ animation: "instant", preserveScrollPosition: true })
  })
  useEffect(() => {
    const frame = scrollRef.current
    if (!frame) return
    const observer = new ResizeObserver(() => stay())
    observer.observe(frame)
    return () => observer.disconnect()
  }, [scrollRef])

  return list
}

/** Any difference that is none: the library's own are whole heights, which it takes back itself. */
const ofTheFrame = 0.001
