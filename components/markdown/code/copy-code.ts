import type { MouseEvent } from "react"
import { toast } from "sonner"
import { copyText } from "../../controls/copy-text.ts"
import { texts } from "../../texts.ts"

const confirmMs = 1_600

/** Copies the code block whose button was clicked, also in HTML from the server that React has not hydrated. */
export function copyCodeOnClick({ target }: MouseEvent): void {
  const button = target instanceof Element ? target.closest<HTMLElement>("[data-copy-code]") : null
  const code = button?.closest("figure")?.querySelector("code")
  if (button && code) void copyTo(button, code.textContent)
}

async function copyTo(button: HTMLElement, text: string): Promise<void> {
  if (!(await copyText(text))) return void toast(texts.copyFailed)
  show(button, true)
  setTimeout(() => show(button, false), confirmMs)
}

function show(button: HTMLElement, isCopied: boolean): void {
  const label = isCopied ? texts.copied : texts.copy
  button.toggleAttribute("data-copied", isCopied)
  button.setAttribute("aria-label", label)
  button.dataset["tooltip"] = label
}
