import type { CSSProperties } from "react"
import { Toaster } from "sonner"

/**
 * Where short notes appear, in the page's own colours: the library's know only what the device wishes. They lie over the
 * header, not over what is read, and let through what is pressed beside their words.
 */
export function Toasts() {
  return (
    <Toaster
      position="top-center"
      offset={overHeader}
      mobileOffset={overHeader}
      style={{ "--width": "min(34rem, 100vw - 2rem)" } as CSSProperties} // as the library names its own width
      toastOptions={{ unstyled: true, className: toastClass }}
    />
  )
}

const overHeader = { top: "calc(0.5rem + env(safe-area-inset-top))" }

const toastClass =
  "pointer-events-none! flex w-full justify-center font-sans *:pointer-events-auto *:rounded-full *:border *:border-line *:bg-page *:px-4 *:py-2 *:text-note *:shadow-sm"
