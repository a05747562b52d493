import { expect, test } from "vitest"
import { documentOf, readDocuments } from "#lib/documents.ts"

test("headings inside code do not count, and equal headings get different anchors", () => {
  const { sections } = documentOf(
    "intro\n# One, two!\na\n```sh\n# no heading\n```\n## Limits\nb\n## `Limits` ##\nc\n",
    "docs/x.md",
  )
  expect(sections.map(({ title, anchor, level }) => [title, anchor, level])).toEqual([
    ["", "", 0],
    ["One, two!", "one-two", 1],
    ["Limits", "limits", 2],
    ["Limits", "limits-1", 2],
  ])
  expect(sections[1]?.text).toContain("# no heading")
})

test.each([
  ["README.md", "/docs/readme"],
  ["docs/how-it-works.md", "/docs/how-it-works"],
  ["docs/decisions/001-A b.md", "/docs/decisions/001-a%20b"],
])("%s is found at %s", (path, url) => {
  expect(documentOf("text", path).url).toBe(url)
})

test("links lead to pages of the service, and pictures are left out", () => {
  const markdown =
    "![a](b.png)\n\n[one](other.md#part), [two](../README.md), [three](decisions), " +
    "[four](https://x.example/a.md), [five](#here), [six](/docs/readme)\n\n| ![a](b.png) |\n\nend"
  expect(documentOf(markdown, "docs/x.md").sections[0]?.text.trim()).toBe(
    "[one](/docs/other#part), [two](/docs/readme), [three](/docs), " +
      "[four](https://x.example/a.md), [five](#here), [six](/docs/readme)\n\nend",
  )
})

test("README, how-it-works and its chapters come first, and no two documents or sections share an address", async () => {
  const documents = await readDocuments()
  const folders = documents.map(({ path }) => path.split("/").slice(0, -1).join("/"))
  expect([...new Set(folders)]).toEqual(["", "docs", "docs/how", "docs/decisions"])
  expect(documents.slice(0, 2).map(({ path }) => path)).toEqual(["README.md", "docs/how-it-works.md"])
  const urls = documents.flatMap(({ url, sections }) => sections.map(({ anchor }) => `${url}#${anchor}`))
  expect(new Set(urls).size).toBe(urls.length)
})
