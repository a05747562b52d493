import { X } from "lucide-react"
import { type ReactNode, useEffect, useId, useRef } from "react"
import { createPortal } from "react-dom"
import { useLayer } from "#hooks/browser/use-layer.ts"
import { texts } from "../texts.ts"

interface DialogProps {
  title: string
  /** called on Esc, a click outside, or the close button */
  onClose(): void
  children: ReactNode
}

/** A modal dialog by the browser, which traps and returns the focus. Rendered outside the drawer, which closes when it opens. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useLayer({})

  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal()
  }, [])

  return createPortal(
    // biome-ignore lint/a11y/useKeyWithClickEvents: the browser handles Esc
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && event.currentTarget.close()}
      className="m-auto max-h-[calc(100dvh-2rem)] w-[min(28rem,calc(100vw-2rem))] overflow-y-auto rounded-2xl border border-line bg-page text-text shadow-lg backdrop:bg-(--shade)"
    >
      <div className="p-5">
        <div className="-mt-1 -me-2 flex items-center justify-between gap-2">
          <h2 id={titleId} className="font-semibold">
            {title}
          </h2>
          {/* Without a tooltip, which would cover the content below. */}
          <button
            type="button"
            aria-label={texts.close}
            onClick={() => dialog.current?.close()}
            className="grid size-8 shrink-0 place-items-center rounded-lg text-quiet transition-colors duration-150 hover:bg-soft hover:text-text pointer-coarse:size-11"
          >
            <X aria-hidden size={17} strokeWidth={1.75} />
          </button>
        </div>
        {children}
      </div>
    </dialog>,
    document.body,
  )
}
