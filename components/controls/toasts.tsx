import type { CSSProperties } from "react"
import { Toaster } from "sonner"

/**
 * Shows short notes in the page's own colours, because the library's follow only the device's theme. They lie over the
 * header, not over the text, and clicks beside them reach the page.
 */
export function Toasts() {
  return (
    <Toaster
      position="top-center"
      offset={overHeader}
      mobileOffset={overHeader}
      style={{ "--width": "min(34rem, 100vw - 2rem)" } as CSSProperties} // the library's own custom property
      toastOptions={{ unstyled: true, className: toastClass }}
    />
  )
}

const overHeader = { top: "calc(0.5rem + env(safe-area-inset-top))" }

const toastClass =
  "pointer-events-none! flex w-full justify-center font-sans *:pointer-events-auto *:rounded-full *:border *:border-line *:bg-page *:px-4 *:py-2 *:text-note *:shadow-sm"
