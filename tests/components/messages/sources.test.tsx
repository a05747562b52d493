// @vitest-environment jsdom
import type { SourceUrlUIPart } from "ai"
import { act } from "react"
import { expect, test } from "vitest"
import { loadMarkdown, Markdown } from "#components/markdown/markdown.tsx"
import { WithSources } from "#components/messages/answer/sources.tsx"
import { byTestId, find, mount, mountGrowing } from "../mount.ts"

await loadMarkdown()

function sourcesOf(count: number): SourceUrlUIPart[] {
  return Array.from({ length: count }, (_, index) => ({
    type: "source-url",
    sourceId: String(index),
    url: `https://host${index + 1}.example/page?x=${index + 1}`,
    title: `Title ${index + 1}`,
  }))
}

function mountAnswer(text: string, count: number) {
  return mount(
    <WithSources sources={sourcesOf(count)}>
      <Markdown text={text} isLive={false} />
    </WithSources>,
  )
}

test("a number in the text links to its source, with the title in its name and a card", async () => {
  const container = await mountAnswer("It is so [2], and so on [1].", 2)
  const marks = [...container.querySelectorAll<HTMLElement>("[data-testid=citation]")]
  expect(marks.map((mark) => [mark.textContent, mark.getAttribute("aria-label")])).toEqual([
    ["[2]", "Source 2: Title 2"],
    ["[1]", "Source 1: Title 1"],
  ])
  expect(find(container, "p").textContent).toBe("It is so [2], and so on [1].")
  act(() => marks[0]?.focus())
  expect(byTestId(container, "hover-card").textContent).toBe("Title 2host2.examplehttps://host2.example/page?x=2")
  act(() => marks[0]?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true })))
  expect(container.querySelector("[data-testid=hover-card]")).toBeNull()
  act(() => marks[0]?.click())
  expect(document.activeElement?.getAttribute("href")).toBe("https://host2.example/page?x=2")
})

test.each([
  ["[1, 2]", ["[1,", "2]"]],
  ["[1][2]", ["[1]", "[2]"]],
  ["**[1]**", ["[1]"]],
  ["[7]", []],
  ["`[1]` and [a]", []],
  ["[see [1]](https://x.example)", []],
])("in %s citations become links, and no character changes", async (text, expected) => {
  const container = await mountAnswer(`So ${text}.`, 2)
  const marks = [...container.querySelectorAll("[data-testid=citation]")]
  expect(marks.map((mark) => mark.textContent)).toEqual(expected)
  const shown = text.replace(/[*`]|\]\(.*\)/g, "").replace("[see [", "see [")
  expect(find(container, "p").textContent).toBe(`So ${shown}.`)
})

test("many sources are folded into a row; a number that links to a folded one unfolds them", async () => {
  const container = await mountAnswer("Far down [9].", 9)
  const chips = () => [...container.querySelectorAll("[data-testid=sources] a")]
  expect(chips()).toHaveLength(4)
  const more = find(container, "[data-testid=sources] button")
  expect([more.textContent, more.getAttribute("aria-expanded")]).toEqual(["5 more", "false"])
  act(() => byTestId(container, "citation").click())
  expect(chips()).toHaveLength(9)
  expect(document.activeElement).toBe(chips()[8])
  act(() => more.click())
  expect(chips()).toHaveLength(4)
})

test("B59 a source fetches nothing, and its title is text", async () => {
  const source = { ...sourcesOf(1)[0], title: "<img src=x onerror=alert(1)>" } as SourceUrlUIPart // its first
  const container = await mount(<WithSources sources={[source]}>text</WithSources>)
  act(() => find(container, "a").focus())
  expect(container.querySelector("img")).toBeNull()
  expect(byTestId(container, "hover-card").textContent).toContain("<img src=x")
})

test("the row of sources appears at the text's end, because it would move with every line before", async () => {
  let isGrowing = true
  const { container, grow } = await mountGrowing((text) => (
    <WithSources sources={sourcesOf(2)} isGrowing={isGrowing}>
      {text}
    </WithSources>
  ))
  await grow("As one of them says")
  expect(container.querySelector("[data-testid=sources]")).toBeNull()
  isGrowing = false
  await grow("As one of them says, it is so.")
  expect(container.querySelectorAll("[data-testid=sources] a")).toHaveLength(2)
})

test("a page of our own is named by its title, and other addresses outside the web are not shown", async () => {
  const urls = ["/docs/how-it-works#stop", "//evil.example/", "/api/usage", "javascript:alert(1)"]
  const sources = urls.map((url) => ({ type: "source-url" as const, sourceId: url, url, title: "How it works: Stop" }))
  const container = await mount(<WithSources sources={sources}>text</WithSources>)
  const chips = [...container.querySelectorAll("[data-testid=sources] a")]
  expect(chips.map((chip) => [chip.textContent, chip.getAttribute("href")])).toEqual([
    ["1How it works: Stop", "/docs/how-it-works#stop"],
  ])
  expect(chips[0]?.getAttribute("aria-label")).toBe("Source 1: How it works: Stop, Rejoin's documents")
  act(() => find(container, "a").focus())
  expect(byTestId(container, "hover-card").textContent).toBe(
    "How it works: StopRejoin's documents/docs/how-it-works#stop",
  )
})
