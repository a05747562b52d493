import { Check, Copy } from "lucide-react"
import { useEffect, useState } from "react"
import { toast } from "sonner"
import { copyText } from "./copy-text.ts"
import { IconButton } from "./icon-button.tsx"
import { texts } from "./texts.ts"

const thanksMs = 1_600

export function CopyButton({ text, align }: { text: string; align: "start" | "end" }) {
  const [isCopied, setCopied] = useState(false)

  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), thanksMs)
    return () => clearTimeout(timer)
  }, [isCopied])

  async function copy(): Promise<void> {
    if (await copyText(text)) setCopied(true)
    else toast(texts.copyFailed)
  }

  return (
    <IconButton
      icon={isCopied ? Check : Copy}
      label={isCopied ? texts.copied : texts.copy}
      side="below"
      align={align}
      onClick={() => void copy()}
    />
  )
}
