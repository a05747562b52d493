import { texts } from "../texts.ts"

/** What the skip link leads to. */
export const composerId = "composer"

/** The first thing the Tab key finds: past all chats and messages, to where one writes. */
export function SkipLink() {
  return (
    <a
      href={`#${composerId}`}
      onClick={(event) => {
        // The address stays as it is.
        event.preventDefault()
        document.getElementById(composerId)?.focus()
      }}
      className="sr-only z-40 rounded-lg bg-page font-medium text-[0.875rem] text-accent shadow-md focus:not-sr-only focus:fixed focus:px-4 focus:start-2 focus:top-2 focus:flex focus:min-h-11 focus:items-center"
    >
      {texts.skipToComposer}
    </a>
  )
}
