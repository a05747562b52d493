import type { ReactNode } from "react"
import type { Anchored } from "./use-anchor.ts"

interface CardProps {
  at: Anchored
  label: string
  testId: string
  children: ReactNode
}

/** A small card above the page, opened by the button that names it, and closed by Esc or a click elsewhere. */
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
