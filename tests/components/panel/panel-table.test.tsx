// @vitest-environment jsdom
import { expect, test } from "vitest"
import { PanelTable } from "#components/panel/panel-table.tsx"
import { mount } from "../mount.ts"

async function tableOf(text: string) {
  const container = await mount(<PanelTable text={text} />)
  const cells = (selector: string) => [...container.querySelectorAll(selector)].map(({ textContent }) => textContent)
  return { container, heads: cells("th"), cells: cells("td") }
}

test.each([
  ["commas", 'name,said\nAda,"one, ""two""\nthree"'],
  ["semicolons", 'name;said\nAda;"one, ""two""\nthree"'],
  ["tabs", 'name\tsaid\nAda\t"one, ""two""\nthree"'],
])("values between %s make a table, including quotes and line breaks", async (_, text) => {
  const { heads, cells } = await tableOf(text)
  expect(heads).toEqual(["name", "said"])
  expect(cells).toEqual(["Ada", 'one, "two"\nthree'])
})

test("rows that are too short or too long lose nothing", async () => {
  const { heads, cells } = await tableOf("a,b\n1\n1,2,3\n\n")
  expect(heads).toEqual(["a", "b", ""])
  expect(cells).toEqual(["1", "", "", "1", "2", "3"])
})

test("B60 a huge table shows its first thousand rows, and says so", async () => {
  const { container, cells } = await tableOf(`n\n${Array.from({ length: 5_000 }, (_, index) => index).join("\n")}`)
  expect(cells).toHaveLength(1_000)
  expect(container.textContent).toContain("The first 1,000 rows")
})

test("a cell is plain text, whatever its content", async () => {
  const { container, cells } = await tableOf("a,b\n<img src=x onerror=alert(1)>,2")
  expect(container.querySelector("img")).toBeNull()
  expect(cells[0]).toBe("<img src=x onerror=alert(1)>")
})

test("an empty file is an empty table", async () => {
  expect((await tableOf("")).heads).toEqual([])
})
