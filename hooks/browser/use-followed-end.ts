import { useLayoutEffect, useRef } from "react"

/**
 * Keeps a scrolling element at its end while its text grows, until the reader scrolls up; back at the end it follows again.
 * @returns the props of that element
 */
export function useFollowedEnd<Scrolled extends HTMLElement>(text: string, isGrowing: boolean) {
  const ref = useRef<Scrolled>(null)
  const isAtEnd = useRef(true)

  useLayoutEffect(() => {
    const frame = ref.current
    // An element in a closed fold has no height, and says nothing about where its reader is.
    if (frame && text !== "" && isGrowing && isAtEnd.current) frame.scrollTop = frame.scrollHeight
  }, [text, isGrowing])

  function onScroll(): void {
    const frame = ref.current
    if (frame && frame.clientHeight > 0)
      isAtEnd.current = frame.scrollHeight - frame.clientHeight - frame.scrollTop <= nearEndPx
  }

  return { ref, onScroll }
}

/** Less than a line. */
const nearEndPx = 12
