import { type CSSProperties, type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from "react"
import { useLayer } from "#hooks/browser/use-layer.ts"

interface HoverCardProps {
  /** what is pointed at, or has the focus */
  children: ReactNode
  /** phrases only: it can stand in a paragraph */
  card: ReactNode
  className?: string
}

/** Something more about what is pointed at or has the focus. Nothing is in it that is not elsewhere, too. */
export function HoverCard({ children, card, className = "" }: HoverCardProps) {
  const [isOpen, setOpen] = useState(false)
  const soon = useSoon()
  const place = useRef<HTMLSpanElement>(null)

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only listens
    <span
      ref={place}
      className={className}
      onPointerEnter={(event) => event.pointerType === "mouse" && soon(() => setOpen(true))}
      onPointerLeave={(event) => event.pointerType === "mouse" && soon(() => setOpen(false))}
      onFocus={() => setOpen(true)}
      onBlur={() => setOpen(false)}
    >
      {children}
      {isOpen && place.current && (
        <CardAt beside={place.current} onClose={() => setOpen(false)}>
          {card}
        </CardAt>
      )}
    </span>
  )
}

interface CardAtProps {
  beside: HTMLElement
  /** Esc was pressed, wherever the focus is */
  onClose(): void
  children: ReactNode
}

/** A card for as long as it is there, above the page, beside an element that need not be of ours. */
export function CardAt({ beside, onClose, children }: CardAtProps) {
  const card = useRef<HTMLSpanElement>(null)
  const name = `--card-${useId().replace(/\W/g, "")}`

  useLayoutEffect(() => {
    beside.style.setProperty("anchor-name", name)
    card.current?.showPopover?.()
    return () => void beside.style.removeProperty("anchor-name")
  }, [beside, name])

  useLayer({ onClose })

  return (
    <span
      ref={card}
      popover="manual"
      data-testid="hover-card"
      className="card"
      style={{ positionAnchor: name } as CSSProperties}
    >
      {children}
    </span>
  )
}

/** A short way between the two must not close it; and what is only passed does not open it. */
const patienceMs = 150

/** @returns what does the last thing it was asked to, in a moment */
export function useSoon(): (what: () => void) => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  return (what) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(what, patienceMs)
  }
}
