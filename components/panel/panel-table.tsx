import { parse } from "papaparse"
import { useMemo } from "react"
import { texts } from "../texts.ts"

/** More rows than anyone reads without a spreadsheet, and as many columns as a browser handles well. */
const maxRows = 1_000
const maxColumns = 100

/** Shows comma-, semicolon- or tab-separated values. The first row has the column headings. */
export function PanelTable({ text }: { text: string }) {
  const { head, rows, isCut } = useMemo(() => tableOf(text), [text])
  return (
    <>
      {isCut && <p className="px-5 pt-3 pb-2 text-note text-quiet">{texts.panel.cutTable(maxRows, maxColumns)}</p>}
      <div
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        tabIndex={0}
        data-testid="panel-table"
        className="min-h-0 flex-1 overflow-auto overscroll-contain outline-offset-[-2px]"
      >
        <table className="min-w-full border-separate border-spacing-0 text-note">
          <thead>
            <tr>
              {head.map((cell, index) => (
                <th
                  key={index}
                  scope="col"
                  className={`sticky top-0 border-line border-b bg-page py-2 font-semibold ${cellClass}`}
                >
                  {cell}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>
                {head.map((_, column) => (
                  <td key={column} className={`border-line border-b py-1.5 align-top ${cellClass}`}>
                    {row[column]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

const cellClass = "max-w-96 px-3 whitespace-pre-wrap [overflow-wrap:anywhere] min-w-16 first:ps-5 last:pe-5"

interface Table {
  head: string[]
  rows: string[][]
  isCut: boolean
}

function tableOf(text: string): Table {
  const { data, meta } = parse<string[]>(text, { preview: maxRows + 1, skipEmptyLines: "greedy" })
  const [head = [], ...rows] = data
  const columns = data.reduce((most, row) => Math.max(most, row.length), 0)
  const shown = Math.min(columns, maxColumns)
  return {
    head: Array.from({ length: shown }, (_, index) => head[index] ?? ""),
    rows,
    isCut: meta.truncated || columns > maxColumns,
  }
}
