import { type CSSProperties, useId } from "react"

export interface Anchored {
  /** the id of the popover, for the button that opens it */
  id: string
  /** style of the button */
  anchor: CSSProperties
  /** style of the popover */
  place: CSSProperties
}

/** Ties a popover to its button, so that CSS places it there. Browsers without CSS anchors show it in the middle of the window. */
export function useAnchor(): Anchored {
  const id = useId()
  const name = `--anchor-${id.replace(/\W/g, "")}`
  return { id, anchor: { anchorName: name }, place: { positionAnchor: name } as CSSProperties } // newer than React's types
}
