import type { ToggleEvent } from "react"

/** From the window's edge, and from the opener. */
const edgePx = 8
const gapPx = 4

/**
 * An open popover stands on its own, so it is told where before it opens: below its opener, above it where there is no
 * room, and within the window.
 */
export function placePopover(
  { newState, currentTarget }: ToggleEvent<HTMLElement>,
  opener: HTMLElement | null,
  { widthPx, heightPx }: { widthPx: number; heightPx: number },
): void {
  const from = opener?.getBoundingClientRect()
  if (newState !== "open" || !from) return
  const { style } = currentTarget
  const isLow = from.bottom > window.innerHeight - heightPx
  style.left = `${Math.max(edgePx, Math.min(from.right, window.innerWidth - edgePx) - widthPx)}px`
  style.top = isLow ? "auto" : `${from.bottom + gapPx}px`
  style.bottom = isLow ? `${window.innerHeight - from.top + gapPx}px` : "auto"
}
