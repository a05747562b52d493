import { type ComponentType, type ReactNode, useEffect, useState } from "react"
import { toast } from "sonner"
import { CodeActions } from "../markdown/code/code-actions.ts"
import { texts } from "../texts.ts"
import { CodeOpener, openCodeOnClick } from "./code-opener.tsx"
import type { PanelProps } from "./panel.tsx"
import { PanelContext, panelStore, usePanelItem } from "./panel-store.ts"

/** Provides a panel to its children, and renders it after them in the same row. */
export function PanelFrame({ children }: { children: ReactNode }) {
  const [store] = useState(panelStore)
  const [Panel, setPanel] = useState<ComponentType<PanelProps>>()
  const item = usePanelItem(store)

  useEffect(() => {
    const listener = (event: Event) => openCodeOnClick(store, event)
    document.addEventListener("click", listener)
    return () => document.removeEventListener("click", listener)
  }, [store])

  const isMissing = item !== undefined && Panel === undefined

  useEffect(() => {
    if (!isMissing) return
    // Loaded when it is first opened: most visits never use it.
    import("./panel.tsx").then(
      (loaded) => setPanel(() => loaded.Panel),
      () => {
        store.close()
        toast(texts.panel.notLoaded)
      },
    )
  }, [isMissing, store])

  return (
    <PanelContext value={store}>
      <CodeActions value={CodeOpener}>
        {children}
        {item && Panel && <Panel item={item} onClose={store.close} />}
      </CodeActions>
    </PanelContext>
  )
}
