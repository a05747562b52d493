import type { KeyboardEvent } from "react"

/** The Enter that sends: not the one that begins a line, nor the one that chooses a word in an input method. */
export function isSendingEnter(event: KeyboardEvent): boolean {
  return event.key === "Enter" && !event.shiftKey && !isComposing(event)
}

/** Safari ends a composition before its keydown, which only the old key code still tells. */
function isComposing(event: KeyboardEvent): boolean {
  return event.nativeEvent.isComposing || event.keyCode === 229
}
