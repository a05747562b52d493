/** Numbers in test titles and rows of the documents: each has its counterpart, and the files between them exist. */
import { globSync, readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { codeIn, tableRows } from "./markdown-tables.ts"

const tables = {
  "docs/faults.md": ["F"],
  "docs/bad-inputs.md": ["B"],
  "docs/dialects.md": ["D"],
  "docs/field.md": ["U", "P", "I", "L"],
}

interface Row {
  document: string
  number: string
  tests: string[]
  /** A row whose feature is not built, so no test has its number. */
  isPending: boolean
}

const rows = Object.entries(tables).flatMap(([document, letters]) =>
  tableRows(document).flatMap(([number = "", ...cells]): Row[] => {
    const last = cells.at(-1) ?? ""
    if (!/^[A-Z]\d+$/.test(number)) return []
    expect(letters, `${number} is in ${document}`).toContain(number[0])
    return [{ document, number, tests: codeIn(last), isPending: last === "not yet" }]
  }),
)

const files = globSync("tests/**/*.{test,spec}.{ts,tsx}").filter((file) => !file.startsWith("tests/docs/"))
const numbersOf = new Map(files.map((file) => [file, titleNumbers(readFileSync(file, "utf8"))]))

describe("every number in a title has its row", () => {
  const known = rows.filter(({ isPending }) => !isPending).map(({ number }) => number)

  test.each(files)("%s", (file) => {
    const numbers = [...(numbersOf.get(file) ?? [])]
    expect(numbers.filter((number) => !known.includes(number))).toEqual([])
  })
})

test("no number has two rows", () => {
  const numbers = rows.map(({ number }) => number)
  expect(numbers.length).toBeGreaterThan(150)
  expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([])
})

test.each(rows)("$document: the tests of $number exist and have its number, or it is not built yet", (row) => {
  const { number, tests, isPending } = row
  const having = files.filter((file) => numbersOf.get(file)?.has(number))
  if (isPending) expect(having).toEqual([])
  else {
    expect(tests).not.toEqual([])
    expect(tests.filter((file) => !having.includes(file))).toEqual([])
  }
})

/** A title begins with its numbers: `"F1 F52 the only server …"`, or `["D4", "an end …"]` in a table of titles. */
function titleNumbers(source: string): Set<string> {
  const titles = source.matchAll(/["'`]((?:[BDFILMPU]\d{1,2} )+)|\["([BDFILMPU]\d{1,2})", "/g)
  return new Set([...titles].flatMap(([, run = "", only = ""]) => `${run}${only}`.trim().split(" ")))
}
