import type { KeyboardEvent } from "react"

/** Tells whether this Enter sends, and neither begins a line nor chooses a word in an input method. */
export function isSendingEnter(event: KeyboardEvent): boolean {
  return event.key === "Enter" && !event.shiftKey && !isComposing(event)
}

/** In Safari a composition ends before its keydown; only the deprecated key code still tells. */
function isComposing(event: KeyboardEvent): boolean {
  return event.nativeEvent.isComposing || event.keyCode === 229
}
