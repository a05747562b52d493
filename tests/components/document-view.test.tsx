// @vitest-environment jsdom
import { expect, test } from "vitest"
import { DocumentView } from "#components/document-view.tsx"
import { documentOf } from "#lib/documents.ts"
import { mount } from "./mount.ts"

test("a document's headings appear in order, each in a section with its anchor", async () => {
  const { title, sections } = documentOf(
    "# How it works\n\nfirst\n\n## Stop\n\nsecond\n\n### `late`\n\nthird\n",
    "docs/x.md",
  )
  const container = await mount(<DocumentView title={title} sections={sections} />)
  const headings = [...container.querySelectorAll("h1, h2, h3, h4")]
  expect(headings.map((heading) => [heading.tagName, heading.ariaLevel, heading.textContent])).toEqual([
    ["H1", null, "How it works"],
    ["H2", null, "Stop"],
    ["H3", null, "late"],
  ])
  expect(container.querySelector("section#stop")?.textContent).toContain("second")
})
