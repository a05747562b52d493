import { useContext, useEffect, useId } from "react"
import { texts } from "../texts.ts"
import { OpenButton } from "./open-button.tsx"
import { filenameFor, isLong, kindOf, type PanelItem } from "./panel-item.ts"
import { PanelContext, type PanelStore } from "./panel-store.ts"

/**
 * A button that opens a code block in the panel, if it is long or can be previewed. `openCodeOnClick` handles the click
 * for the whole page, so the button also works in HTML from the server that React has not hydrated.
 */
export function CodeOpener({ code, language }: { code: string; language: string }) {
  const id = useId()
  const panel = useContext(PanelContext)

  useEffect(() => {
    if (panel?.item()?.id === id) panel.update(codeItem(id, code, language))
  }, [panel, id, code, language])

  const isWorthIt = kindOf(language) !== "code" || isLong(code)
  return panel && isWorthIt ? <OpenButton data-testid="open-code" data-open-code={id} /> : null
}

/** Opens the code block whose button was clicked. Used as a listener on the whole page. */
export function openCodeOnClick(panel: PanelStore, { target }: Event): void {
  const button = target instanceof Element ? target.closest<HTMLElement>("[data-open-code]") : null
  const code = button?.closest("figure")?.querySelector<HTMLElement>("code[data-language]")
  if (!button || !code) return
  panel.open(codeItem(button.dataset["openCode"] ?? "", code.textContent, code.dataset["language"] ?? ""))
}

function codeItem(id: string, text: string, language: string): PanelItem {
  return {
    id,
    title: language === "" ? texts.panel.code : language,
    kind: kindOf(language),
    language,
    filename: filenameFor("code", language),
    content: { text },
  }
}
