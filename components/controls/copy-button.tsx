import { Check, Copy } from "lucide-react"
import { useEffect, useState } from "react"
import { toast } from "sonner"
import type { ShortcutName } from "#hooks/browser/shortcuts.ts"
import { useShortcutKeys } from "#hooks/browser/use-shortcuts.ts"
import { texts } from "../texts.ts"
import { copyText } from "./copy-text.ts"
import { IconButton } from "./icon-button.tsx"

const confirmMs = 1_600

interface CopyButtonProps {
  text: string
  align: "start" | "end"
  /** the shortcut that does the same */
  shortcut?: ShortcutName | undefined
}

export function CopyButton({ text, align, shortcut }: CopyButtonProps) {
  const keysOf = useShortcutKeys()
  const pressed = shortcut && keysOf(shortcut)
  const [isCopied, setCopied] = useState(false)
  const label = isCopied ? texts.copied : texts.copy

  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), confirmMs)
    return () => clearTimeout(timer)
  }, [isCopied])

  async function copy(): Promise<void> {
    if (await copyText(text)) setCopied(true)
    else toast(texts.copyFailed)
  }

  return (
    <IconButton
      icon={isCopied ? Check : Copy}
      label={label}
      tooltip={pressed && !isCopied ? `${label} · ${pressed.keys}` : label}
      aria-keyshortcuts={pressed?.aria}
      side="below"
      align={align}
      onClick={() => void copy()}
    />
  )
}
