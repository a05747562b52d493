import { type ReactNode, useLayoutEffect, useRef } from "react"
import { texts } from "../texts.ts"

/** A scrollable table. Its columns keep the width that the first row gave them while it grows. */
export function GrowingTable({ dir, children }: { dir: string | undefined; children: ReactNode }) {
  const table = useRef<HTMLTableElement>(null)

  useLayoutEffect(() => {
    if (table.current) keepColumns(table.current)
  })

  return (
    // Focusable, so that the arrow keys can scroll it.
    // biome-ignore lint/a11y/noNoninteractiveTabindex lint/a11y/useSemanticElements: it scrolls, and is not a form field
    <div role="group" aria-label={texts.table} className="table-scroll" tabIndex={0}>
      <table ref={table} dir={dir}>
        {children}
      </table>
    </div>
  )
}

function keepColumns(table: HTMLTableElement): void {
  const heads = [...(table.rows[0]?.cells ?? [])]
  const width = table.offsetWidth
  if (table.style.tableLayout === "fixed" || table.rows.length < 2 || width === 0) return
  const shares = heads.map((head) => (100 * head.offsetWidth) / width)
  table.style.width = `${width}px`
  table.style.tableLayout = "fixed"
  for (const [index, head] of heads.entries()) head.style.width = `${shares[index]}%`
}
