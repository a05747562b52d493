import { Menu } from "lucide-react"
import { type ReactNode, useEffect } from "react"
import { texts } from "./texts.ts"

const drawerId = "chats"

/** As in `sidebar.css`. */
const isDrawer = "(width < 48rem)"

/**
 * The phone's frame: the sidebar as a drawer over the conversation. It is a popover, so the browser opens it before
 * any script runs, and closes it at Escape or a tap beside it. Where there is room it is the desktop's column.
 */
export function ChatMobile({ children }: { children: ReactNode }) {
  useEffect(() => {
    const narrow = window.matchMedia(isDrawer)
    // A phone that is turned: left open, it would lie over the conversation where it now has a column of its own.
    const closeAsColumn = () => narrow.matches || hideDrawer()
    closeAsColumn()
    narrow.addEventListener("change", closeAsColumn)
    return () => narrow.removeEventListener("change", closeAsColumn)
  }, [])

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a link inside is what is pressed, by finger or key
    // biome-ignore lint/a11y/noStaticElementInteractions: it only listens
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

/** @returns false where the sidebar is no drawer here, but a column */
export function revealDrawer(): boolean {
  const drawer = document.getElementById(drawerId)
  if (!drawer || !window.matchMedia(isDrawer).matches) return false
  drawer.showPopover()
  return true
}

/** What is said outside of the drawer would be hidden by it. Nothing happens where it is a column. */
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
