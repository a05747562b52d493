// @vitest-environment jsdom
import type { ComponentProps } from "react"
import { expect, test, vi } from "vitest"
import { loadMarkdown, Markdown } from "#components/markdown/markdown.tsx"
import { mountGrowing } from "../mount.ts"

/** One link per block counts how often the block is rendered. */
const rendered: string[] = []
vi.mock("#components/markdown/safe-link.tsx", async (original) => ({
  ...(await original<object>()),
  SafeLink: ({ href }: ComponentProps<"a">) => {
    rendered.push(href ?? "")
    return <a href={href}>{href}</a>
  },
}))
await loadMarkdown()

const block = (number: number) => `Some **words** and [a link](https://example.org/${number}) in a block.`

test("one more word renders one block again, however many there are", async () => {
  const { grow } = await mountGrowing((text) => <Markdown text={text} isLive />)
  const backlog = Array.from({ length: 60 }, (_, number) => block(number)).join("\n\n")
  await grow(backlog)
  expect(new Set(rendered).size).toBe(60)

  rendered.length = 0
  let text = backlog
  for (let word = 0; word < 20; word++) {
    text += word % 10 === 9 ? `\n\n${block(1_000 + word)}` : ` word${word}`
    await grow(text)
  }
  // The last block at each word, and the one before it when a new one begins.
  expect(rendered.length).toBeLessThanOrEqual(2 * 20)
  expect(rendered.filter((href) => /\/\d{1,2}$/.test(href) && !href.endsWith("/59"))).toEqual([])
})

test("the end of an answer renders nothing again", async () => {
  let isLive = true
  const { container, grow } = await mountGrowing((text) => <Markdown text={text} isLive={isLive} />)
  const text = Array.from({ length: 20 }, (_, number) => block(number)).join("\n\n")
  await grow(text)
  rendered.length = 0
  isLive = false
  await grow(text)
  expect(rendered).toEqual([])
  expect(container.querySelectorAll("a")).toHaveLength(20)
})
