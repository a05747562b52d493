import { type CSSProperties, type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from "react"
import { useLayer } from "#hooks/browser/use-layer.ts"

interface HoverCardProps {
  /** the element to hover or focus */
  children: ReactNode
  /** phrasing content only, because it can be inside a paragraph */
  card: ReactNode
  className?: string
}

/** Shows details about an element that is hovered or focused. They must be available elsewhere as well. */
export function HoverCard({ children, card, className = "" }: HoverCardProps) {
  const [isOpen, setOpen] = useState(false)
  const afterDelay = useDelayed()
  const place = useRef<HTMLSpanElement>(null)

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only shows details
    <span
      ref={place}
      className={className}
      onPointerEnter={(event) => event.pointerType === "mouse" && afterDelay(() => setOpen(true))}
      onPointerLeave={(event) => event.pointerType === "mouse" && afterDelay(() => setOpen(false))}
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
  /** called on Esc, wherever the focus is */
  onClose(): void
  children: ReactNode
}

/** Shows a card beside an element while it is mounted. React need not have rendered that element. */
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

/** Lets the pointer cross the gap to the card without closing it, and pass an element without opening one. */
const delayMs = 150

/** @returns a function that runs the latest callback it was given, after a short delay */
export function useDelayed(): (callback: () => void) => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  return (callback) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(callback, delayMs)
  }
}
