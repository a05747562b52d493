import { useEffect, useEffectEvent, useSyncExternalStore } from "react"
import { isLayerOpen, listenForLayers } from "./layers.ts"
import { ariaKeysOf, keysOf, type ShortcutName, shortcutOf } from "./shortcuts.ts"

type Actions = Partial<Record<ShortcutName, () => void>>

/**
 * Listens for these shortcuts, wherever the focus is. Keys that were handled already are ignored, and so are all while a
 * dialog or a menu is open. Esc belongs to the top layer (`layers.ts`).
 */
export function useShortcuts(actions: Actions): void {
  const hasActions = Object.keys(actions).length > 0
  const hear = useEffectEvent((event: KeyboardEvent) => {
    // In Safari a composition ends before its keydown; only the deprecated key code still tells.
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return
    // Esc closes the browser's list of options, which the page cannot see.
    if (event.key === "Escape" && event.target instanceof HTMLSelectElement) return
    const name = shortcutOf(event, isMac())
    const action = name && actions[name]
    if (!action || (name === "stop" ? isLayerOpen() : isPageBlocked())) return
    event.preventDefault()
    if (!event.repeat) action()
  })
  useEffect(() => {
    if (!hasActions) return
    const listener = (event: KeyboardEvent) => hear(event)
    const endLayers = listenForLayers()
    window.addEventListener("keydown", listener)
    return () => {
      window.removeEventListener("keydown", listener)
      endLayers()
    }
  }, [hasActions])
}

interface ShortcutKeys {
  /** for people; as on a Mac once the browser has told that it is one */
  keys: string
  aria: string
}

/** Returns how a shortcut is pressed on this computer. */
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

/** Shortcuts still work beside a non-modal dialog, the drawer, and cards that only show details. */
function isPageBlocked(): boolean {
  return document.querySelector("dialog:modal, [popover=auto]:popover-open:not(.sidebar)") !== null
}
