import { useEffect, useEffectEvent, useLayoutEffect, useRef } from "react"
import { useStickToBottom } from "use-stick-to-bottom"

/**
 * Keeps a list scrolled to its newest end until the user scrolls up, and returns there when they ask for something.
 * @param asked increases with each request of the user
 * @param move how to follow the end as it grows
 */
export function useNewestEnd(asked: number, move: "instant" | "smooth") {
  const list = useStickToBottom({ initial: "instant", resize: move })
  const { scrollRef, scrollToBottom, stopScroll, state } = list

  useLayoutEffect(() => {
    if (scrollRef.current && wasScrolledUp(scrollRef.current)) stopScroll()
  }, [scrollRef, stopScroll])

  // Without animation: from far up, the whole conversation would rush past.
  const seen = useRef(asked)
  useLayoutEffect(() => {
    if (seen.current === asked) return
    seen.current = asked
    void scrollToBottom("instant")
  }, [asked, scrollToBottom])

  // A phone's keyboard or a long question changes the height of the visible part, which must still show the end.
  const stay = useEffectEvent(() => {
    // If there is more room, the library would take the shorter way to the end for scrolling up.
    state.resizeDifference = resizeMark
    requestAnimationFrame(() =>
      setTimeout(() => {
        if (state.resizeDifference === resizeMark) state.resizeDifference = 0
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

/** Tells whether the user scrolled up before the page was hydrated: away from where `start-at-newest.tsx` saw the end. */
function wasScrolledUp({ dataset, scrollTop, scrollHeight, clientHeight }: HTMLElement): boolean {
  // A page that has grown since was not scrolled, nor one that has shrunk.
  const endPx = Math.min(Number(dataset["endPx"] ?? 0), scrollHeight - clientHeight)
  return scrollTop < endPx - 1
}

/** Marks our own difference: the library's are whole pixels, and it resets them itself. */
const resizeMark = 0.001
