import { useEffect, useEffectEvent, useSyncExternalStore } from "react"
import { isLayerOpen, listenForLayers } from "./layers.ts"
import { ariaKeysOf, keysOf, type ShortcutName, shortcutOf } from "./shortcuts.ts"

type Actions = Partial<Record<ShortcutName, () => void>>

/**
 * Listens for these shortcuts, wherever the focus is. What somebody else has taken, or an open dialog or menu, wins; and
 * Esc belongs to whatever is open (`layers.ts`).
 */
export function useShortcuts(actions: Actions): void {
  const isOfUse = Object.keys(actions).length > 0
  const hear = useEffectEvent((event: KeyboardEvent) => {
    // Safari ends a composition before its keydown, which only the old key code still tells.
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return
    // Its list of options is nothing the page can see.
    if (event.key === "Escape" && event.target instanceof HTMLSelectElement) return
    const name = shortcutOf(event, isMac())
    const action = name && actions[name]
    if (!action || (name === "stop" ? isLayerOpen() : isSomethingOpen())) return
    event.preventDefault()
    if (!event.repeat) action()
  })
  useEffect(() => {
    if (!isOfUse) return
    const listener = (event: KeyboardEvent) => hear(event)
    const endLayers = listenForLayers()
    window.addEventListener("keydown", listener)
    return () => {
      window.removeEventListener("keydown", listener)
      endLayers()
    }
  }, [isOfUse])
}

interface ShortcutKeys {
  /** for people, once it is known which keyboard they have */
  keys: string
  aria: string
}

/** How these shortcuts are pressed here. */
export function useShortcutKeys(): (name: ShortcutName) => ShortcutKeys {
  const onMac = useSyncExternalStore(
    () => () => undefined,
    isMac,
    () => false,
  )
  return (name) => ({ keys: keysOf(name, onMac), aria: ariaKeysOf(name, onMac) })
}

function isMac(): boolean {
  return /^(Mac|iP)/.test(navigator.platform)
}

/** A dialog beside the page leaves the page to be used, the drawer is no menu, and a card only says more: shortcuts work there. */
function isSomethingOpen(): boolean {
  return document.querySelector("dialog:modal, [popover=auto]:popover-open:not(.sidebar)") !== null
}
