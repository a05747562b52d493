import { createContext, useContext, useEffect, useId, useSyncExternalStore } from "react"
import { Listeners } from "#hooks/browser/listeners.ts"
import type { PanelItem } from "./panel-item.ts"

export interface PanelStore {
  /** undefined: closed */
  item(): PanelItem | undefined
  open(item: PanelItem): void
  /** shows what has become of the item that is open */
  update(item: PanelItem): void
  /** @param hasFocus it is to be given back to what opened the panel */
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
      // It may have gone with its message: then the conversation is where one was.
      const place = opener?.isConnected ? opener : document.querySelector("[data-scroll]")
      if (place instanceof HTMLElement) place.focus({ preventScroll: true })
    },
    subscribe: listeners.add,
  }
}

/** undefined on a page without a panel: nothing offers to open one there */
export const PanelContext = createContext<PanelStore | undefined>(undefined)

/** @returns what opens the panel with this, which then follows it as it grows; undefined where there is no panel */
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
