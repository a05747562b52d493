// @vitest-environment jsdom
import { expect, test } from "vitest"
import { loadMarkdown, Markdown } from "#components/markdown/markdown.tsx"
import { find, mount, mountGrowing } from "../mount.ts"

await loadMarkdown()

test("L11 a checkbox has its own task's name, without those of the tasks below it", async () => {
  const text = "- [x] Buy *fresh* milk\n- [ ] Call\n  - [ ] Ann\n"
  const container = await mount(<Markdown text={text} isLive={false} />)
  const boxes = [...container.querySelectorAll<HTMLInputElement>("input[type=checkbox]")]
  expect(boxes.map((box) => box.getAttribute("aria-label"))).toEqual(["Buy fresh milk", "Call", "Ann"])
  expect(boxes.map((box) => box.checked)).toEqual([true, false, false])
})

test("L11 scrollable tables and code have names and are reachable by keyboard", async () => {
  const text = "| a |\n| --- |\n| 1 |\n\n```ts\nlet a\n```\n\n- item\n  ```\n  b\n  ```\n"
  const container = await mount(<Markdown text={text} isLive={false} />)
  const regions = [...container.querySelectorAll<HTMLElement>("[role=group][tabindex='0']")]
  expect(regions.map((region) => region.getAttribute("aria-label"))).toEqual(["Table", "Code: ts", "Code"])
})

test.each(["- ", "1. ", "> ", "## ", "- [ ] ", "```ts\n", "- ```\n", "| a | b |\n| --- | --- |\n", "**", "---\n"])(
  "L7 nothing empty is shown while %j waits for its words",
  async (opening) => {
    const { container, grow } = await mountGrowing((text) => <Markdown text={text} isLive />)
    await grow("Before.\n\n")
    for (let length = 1; length <= opening.length; length++) {
      await grow(`Before.\n\n${opening.slice(0, length)}`)
      expect(container.textContent.trim()).toBe("Before.")
      expect(container.querySelector("li, figure, table, blockquote, h2, hr, input")).toBeNull()
    }
  },
)

test("L7 U1 empty code is shown as it was written when the answer ends there", async () => {
  const container = await mount(<Markdown text={"Before.\n\n```ts"} isLive={false} />)
  expect(container.querySelector("figure")).toBeNull()
  expect(container.textContent).toContain("```ts")
})

test.each([
  ["www.example.org/x。次の文", "http://www.example.org/x", "。次の文"],
  ["（https://example.org/a）", "https://example.org/a", "）"],
  ["「https://example.org/a」と", "https://example.org/a", "」と"],
  ["https://example.org/a、次", "https://example.org/a", "、次"],
  ["见https://example.org/a：好", "https://example.org/a", "：好"],
  ["https://example.org/a를 보세요", "https://example.org/a", "를 보세요"],
  ["www.example.org에서 보세요", "http://www.example.org", "에서 보세요"],
  ["https://example.orgです", "https://example.org", "です"],
  ["https://example.org/aを参照", "https://example.org/a", "を参照"],
  ["https://example.org/a…", "https://example.org/a", "…"],
  ["**https://example.org/x（説明）**を", "https://example.org/x", "（説明）を"],
  ["https://ja.wikipedia.org/wiki/日本語 です", "https://ja.wikipedia.org/wiki/日本語", " です"],
  ["https://例え.jp/x y", "https://例え.jp/x", " y"],
  ["https://example.org/a_(b). Next", "https://example.org/a_(b)", ". Next"],
  ["(https://example.org/a)", "https://example.org/a", ")"],
  ["https://example.org/?a=1&b=2, then", "https://example.org/?a=1&b=2", ", then"],
  ["http://localhost:3000/a", "http://localhost:3000/a", ""],
  ['"https://example.org/a".', "https://example.org/a", '".'],
])("U9 the link in %s ends with its address", async (text, address, after) => {
  for (const isLive of [false, true]) {
    const container = await mount(<Markdown text={`${text} `} isLive={isLive} />)
    const link = find<HTMLAnchorElement>(container, "a")
    expect(decodeURI(link.getAttribute("href") ?? "")).toBe(address)
    expect(container.textContent.trim()).toBe(text.replaceAll("**", ""))
    expect(container.textContent.slice(container.textContent.indexOf(link.textContent) + link.textContent.length)).toBe(
      after,
    )
  }
})
