// @vitest-environment jsdom
import { expect, test } from "vitest"
import { loadMarkdown, Markdown } from "#components/markdown/markdown.tsx"
import { find, mount } from "../mount.ts"

await loadMarkdown()

test("each block runs in its text's direction, with its bullets and columns", async () => {
  const page = await shown("مرحبا\n\n- واحد\n  - اثنان\n\n> اقتباس\n\n| عمود | قيمة |\n|---|---|\n| أ | ب |")
  for (const block of ["p", "ul", "blockquote", "table"]) expect(find(page, block).dir, block).toBe("auto")
  // An element with a direction of its own is skipped when the block looks for its first letter.
  expect(page.querySelectorAll("li[dir], ul ul[dir], td[dir], blockquote p[dir]")).toHaveLength(0)
})

test("code runs from left to right, and does not decide the direction of the text around it", async () => {
  const page = await shown("`npm ci` يثبّت الحزم\n\n```sh\nnpm ci\n```")
  expect(find(page, "p").dir).toBe("auto")
  expect(find(page, "p code").dir).toBe("ltr")
  expect(find(page, "pre").dir).toBe("ltr")
})

test("an answer's headings rank below the page's and the message's, whatever their size", async () => {
  const page = await shown("# One\n\n## Two\n\n### Three\n\n###### Six")
  const levels = [...page.querySelectorAll("h1, h2, h3, h6")].map((heading) => heading.getAttribute("aria-level"))
  expect(levels).toEqual(["3", "3", "4", "6"])
})

async function shown(text: string): Promise<HTMLElement> {
  return mount(<Markdown text={text} isLive={false} />)
}
