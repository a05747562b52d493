import { PanelRightOpen } from "lucide-react"
import { IconButton } from "../controls/icon-button.tsx"
import { texts } from "../texts.ts"
import { filenameFor, kindOf } from "./panel-item.ts"
import { useOpenInPanel } from "./panel-store.ts"

/** Shorter texts are read where they stand. */
const fewestLines = 15

/** Opens a text in the panel, where it is long. */
export function OpenText({ text, title, language }: { text: string; title: string; language: string }) {
  const open = useOpenInPanel({
    title,
    kind: kindOf(language),
    language,
    filename: filenameFor(title.toLowerCase(), language),
    content: { text },
  })
  if (!open || text.split("\n", fewestLines).length < fewestLines) return null
  return (
    <IconButton
      icon={PanelRightOpen}
      label={texts.panel.open}
      side="below"
      align="end"
      data-testid="open-text"
      onClick={open}
    />
  )
}
