// @vitest-environment jsdom
import { act } from "react"
import { hydrateRoot } from "react-dom/client"
import { expect, onTestFinished, test } from "vitest"
import { Markdown } from "#components/markdown/markdown.tsx"

test("an answer that ends at once, before its page could render any, is shown to its end", async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  const container = document.body.appendChild(document.createElement("div"))
  container.innerHTML = '<div class="markdown"><p>One two</p></div>'
  const root = await act(async () => hydrateRoot(container, <Markdown text="One two" isLive={false} />))
  onTestFinished(() => {
    act(() => root.unmount())
    container.remove()
  })
  expect(container.innerHTML).toContain("<p>One two</p>")
  await act(async () => root.render(<Markdown text="One two three four" isLive={false} />))
  await expect.poll(() => container.textContent).toContain("One two three four")
})
