import { useContext, useEffect, useId } from "react"
import { texts } from "../texts.ts"
import { OpenButton } from "./open-button.tsx"
import { filenameFor, isLong, kindOf, type PanelItem } from "./panel-item.ts"
import { PanelContext, type PanelStore } from "./panel-store.ts"

/**
 * Opens the code of an answer in the panel, where it is long or can be shown otherwise than as code. Without a handler of
 * its own: it works in the server's HTML, too.
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

/** For the whole page: opens the code whose button was pressed. */
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
