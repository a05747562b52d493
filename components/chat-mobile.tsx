import { Menu } from "lucide-react"
import { type ReactNode, useEffect } from "react"
import { texts } from "./texts.ts"

const drawerId = "chats"

/** The same breakpoint as in `sidebar.css`. */
const isDrawer = "(width < 48rem)"

/**
 * The frame of a chat on a phone: the sidebar is a drawer over the conversation. As a popover it opens before any script
 * runs, and closes on Escape or a tap outside. On wide screens the same element is a column.
 */
export function ChatMobile({ children }: { children: ReactNode }) {
  useEffect(() => {
    const narrow = window.matchMedia(isDrawer)
    // When a tablet is turned, an open drawer would cover the conversation although the sidebar now has its own column.
    const closeAsColumn = () => narrow.matches || hideDrawer()
    closeAsColumn()
    narrow.addEventListener("change", closeAsColumn)
    return () => narrow.removeEventListener("change", closeAsColumn)
  }, [])

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the links inside take keys
    // biome-ignore lint/a11y/noStaticElementInteractions: it only listens to clicks on the links inside
    <div
      id={drawerId}
      popover="auto"
      className="sidebar shrink-0"
      onClick={(event) => {
        const isLink = event.target instanceof Element && event.target.closest("a") !== null
        if (isLink) event.currentTarget.hidePopover?.()
      }}
    >
      {children}
    </div>
  )
}

/** Opens the drawer. @returns false if the sidebar is a column instead */
export function revealDrawer(): boolean {
  const drawer = document.getElementById(drawerId)
  if (!drawer || !window.matchMedia(isDrawer).matches) return false
  drawer.showPopover()
  return true
}

/** Closes the drawer, which would hide messages outside of it. Does nothing if the sidebar is a column. */
export function hideDrawer(): void {
  document.getElementById(drawerId)?.hidePopover?.()
}

export function OpenDrawer() {
  return (
    <button
      type="button"
      popoverTarget={drawerId}
      aria-label={texts.openSidebar}
      data-testid="open-sidebar"
      className="grid size-11 shrink-0 place-items-center rounded-lg text-quiet transition-colors duration-150 hover:bg-soft hover:text-text md:hidden"
    >
      <Menu aria-hidden size={19} strokeWidth={1.75} />
    </button>
  )
}
