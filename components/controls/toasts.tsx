import { Toaster } from "sonner"

/** Where short notes appear, in the page's own colours: the library's know only what the device wishes. */
export function Toasts() {
  return (
    <Toaster
      position="top-center"
      offset="3.75rem"
      mobileOffset="3.75rem"
      toastOptions={{ unstyled: true, className: toastClass }}
    />
  )
}

const toastClass =
  "flex w-full justify-center font-sans *:rounded-full *:border *:border-line *:bg-page *:px-4 *:py-2 *:text-note *:shadow-sm"
