import { createContext, useContext, useEffect, useId, useSyncExternalStore } from "react"
import { Listeners } from "#hooks/browser/listeners.ts"
import type { PanelItem } from "./panel-item.ts"

export interface PanelStore {
  /** undefined: closed */
  item(): PanelItem | undefined
  open(item: PanelItem): void
  /** updates the open item, whose text has grown */
  update(item: PanelItem): void
  /** @param hasFocus returns the focus to what opened the panel */
  close(hasFocus?: boolean): void
  subscribe(notify: () => void): () => void
}

export function panelStore(): PanelStore {
  let shown: PanelItem | undefined
  let opener: Element | null = null
  const listeners = new Listeners()

  function show(item: PanelItem | undefined): void {
    shown = item
    listeners.notify()
  }

  return {
    item: () => shown,
    open(item) {
      opener = document.activeElement
      show(item)
    },
    update: show,
    close(hasFocus = true) {
      show(undefined)
      if (!hasFocus) return
      // The opener may be gone with its message; then the conversation gets the focus.
      const place = opener?.isConnected ? opener : document.querySelector("[data-scroll]")
      if (place instanceof HTMLElement) place.focus({ preventScroll: true })
    },
    subscribe: listeners.add,
  }
}

/** undefined on pages without a panel, which show no buttons to open one */
export const PanelContext = createContext<PanelStore | undefined>(undefined)

/** @returns opens this item in the panel, which then follows its growth; undefined if there is no panel */
export function useOpenInPanel(item: Omit<PanelItem, "id">): (() => void) | undefined {
  const id = useId()
  const panel = useContext(PanelContext)
  const text = "text" in item.content ? item.content.text : undefined

  useEffect(() => {
    if (panel?.item()?.id === id) panel.update({ ...item, id })
  }, [text])

  return panel && (() => panel.open({ ...item, id }))
}

export function usePanelItem(store: PanelStore): PanelItem | undefined {
  return useSyncExternalStore(store.subscribe, store.item, () => undefined)
}
