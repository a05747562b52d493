import { type CSSProperties, type ReactNode, useId } from "react"

export interface CardPlace {
  /** of the card, for what opens it */
  id: string
  /** for what it stands beside */
  anchor: CSSProperties
  /** for the card */
  place: CSSProperties
}

/** A small card above the page beside what it belongs to; where a browser cannot anchor it, in the middle. */
export function useCard(): CardPlace {
  const id = useId()
  const name = `--card-${id.replace(/\W/g, "")}`
  return { id, anchor: { anchorName: name }, place: { positionAnchor: name } as CSSProperties }
}

interface CardProps {
  at: CardPlace
  label: string
  testId: string
  children: ReactNode
}

/** Opened by a button that names it, closed by Esc or a press elsewhere. */
export function Card({ at, label, testId, children }: CardProps) {
  return (
    <div
      id={at.id}
      popover="auto"
      role="dialog"
      aria-label={label}
      data-testid={testId}
      className="card"
      style={at.place}
    >
      {children}
    </div>
  )
}
