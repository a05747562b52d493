import { Keyboard } from "lucide-react"
import dynamic from "next/dynamic"
import { useState } from "react"
import { useShortcutKeys, useShortcuts } from "#hooks/browser/use-shortcuts.ts"
import { IconButton } from "../controls/icon-button.tsx"
import { texts } from "../texts.ts"

const ShortcutsDialog = dynamic(() => import("./shortcuts-dialog.tsx").then((loaded) => loaded.ShortcutsDialog), {
  ssr: false,
})

/** Opens the list of shortcuts. Hidden on touch screens. */
export function ShortcutsButton() {
  const [isOpen, setOpen] = useState(false)
  const { keys, aria } = useShortcutKeys()("list")
  useShortcuts({ list: () => setOpen(true) })
  return (
    <>
      <IconButton
        icon={Keyboard}
        label={texts.shortcutsTitle}
        tooltip={`${texts.shortcutsTitle} · ${keys}`}
        aria-keyshortcuts={aria}
        side="below"
        align="end"
        data-testid="shortcuts"
        onClick={() => setOpen(true)}
        className="pointer-coarse:hidden"
      />
      {isOpen && <ShortcutsDialog onClose={() => setOpen(false)} />}
    </>
  )
}
