import type { MouseEvent } from "react"
import { toast } from "sonner"
import { copyText } from "../../controls/copy-text.ts"
import { texts } from "../../texts.ts"

const thanksMs = 1_600

/** Copies a code block whose button was pressed: also in HTML that the server wrote and nothing has taken over. */
export function copyCodeOnClick({ target }: MouseEvent): void {
  const button = target instanceof Element ? target.closest<HTMLElement>("[data-copy-code]") : null
  const code = button?.closest("figure")?.querySelector("code")
  if (button && code) void copyTo(button, code.textContent)
}

async function copyTo(button: HTMLElement, text: string): Promise<void> {
  if (!(await copyText(text))) return void toast(texts.copyFailed)
  show(button, true)
  setTimeout(() => show(button, false), thanksMs)
}

function show(button: HTMLElement, isCopied: boolean): void {
  const label = isCopied ? texts.copied : texts.copy
  button.toggleAttribute("data-copied", isCopied)
  button.setAttribute("aria-label", label)
  button.dataset["tooltip"] = label
}
