import { ChevronRight } from "lucide-react"
import type { ReactNode } from "react"
import { LiveDot } from "./live-dot.tsx"

interface FoldProps {
  summary: ReactNode
  /** shows the live dot in front of the summary */
  isRunning?: boolean
  /** the kinds that are printed only when open */
  kind?: "thought" | "summary"
  children: ReactNode
}

/** A quiet one-line row that opens to show details. */
export function Fold({ summary, isRunning = false, kind, children }: FoldProps) {
  return (
    <details
      data-thought={kind === "thought" || undefined}
      data-summary={kind === "summary" || undefined}
      className="group/fold text-note"
    >
      <summary className="-ms-2 flex min-h-8 w-fit max-w-full items-center gap-2 rounded-lg px-2 text-quiet transition-colors duration-150 hover:bg-soft hover:text-text pointer-coarse:min-h-11">
        <span className="grid size-3.5 shrink-0 place-items-center print:hidden">
          {isRunning ? (
            <LiveDot state="writing" />
          ) : (
            <ChevronRight
              aria-hidden
              size={14}
              className="transition-transform duration-150 rtl:-scale-x-100 group-open/fold:rotate-90 rtl:group-open/fold:-rotate-90"
            />
          )}
        </span>
        <span className="flex min-w-0 items-baseline gap-2 truncate">{summary}</span>
      </summary>
      <div className="pt-1 pb-3 ps-5.5">{children}</div>
    </details>
  )
}
