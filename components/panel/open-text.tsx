import { OpenButton } from "./open-button.tsx"
import { filenameFor, isLong, kindOf } from "./panel-item.ts"
import { useOpenInPanel } from "./panel-store.ts"

/** A button that opens a text in the panel, shown only if the text is long. */
export function OpenText({ text, title, language }: { text: string; title: string; language: string }) {
  const open = useOpenInPanel({
    title,
    kind: kindOf(language),
    language,
    filename: filenameFor(title.toLowerCase(), language),
    content: { text },
  })
  return open && isLong(text) ? <OpenButton data-testid="open-text" onClick={open} /> : null
}
