import { texts } from "../texts.ts"

/** The target of the skip link. */
export const composerId = "composer"

/** The first stop of the Tab key: skips all chats and messages, and goes to the message field. */
export function SkipLink() {
  return (
    <a
      href={`#${composerId}`}
      onClick={(event) => {
        // Keeps the address as it is.
        event.preventDefault()
        document.getElementById(composerId)?.focus()
      }}
      className="sr-only z-40 rounded-lg bg-page font-medium text-[0.875rem] text-accent shadow-md focus:not-sr-only focus:fixed focus:px-4 focus:start-2 focus:top-2 focus:flex focus:min-h-11 focus:items-center"
    >
      {texts.skipToComposer}
    </a>
  )
}
