// @vitest-environment jsdom
import { act } from "react"
import { hydrateRoot } from "react-dom/client"
import { renderToReadableStream } from "react-dom/server.edge"
import { expect, onTestFinished, test, vi } from "vitest"
import { Markdown } from "#components/markdown/markdown.tsx"

test("a browser hydrates stored formulas unchanged, and they stay when words arrive", async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  const complaints = vi.spyOn(console, "error").mockImplementation(() => undefined)
  const text = "So $x^2$ and\n\n$$\n\\sum_{n=1}^\\infty \\frac{1}{n^2} = \\frac{\\pi^2}{6}\n$$\n"
  const container = document.body.appendChild(document.createElement("div"))
  container.innerHTML = await writtenByServer(text)
  const written = formulasIn(container)
  expect(written).toHaveLength(2)

  const root = await act(async () => hydrateRoot(container, <Markdown text={text} isLive={false} />))
  onTestFinished(() => {
    act(() => root.unmount())
    container.remove()
  })
  expect(formulasIn(container)).toEqual(written)
  await act(async () => root.render(<Markdown text={`${text}\nMore words`} isLive />))
  expect(formulasIn(container)).toEqual(written)
  await expect.poll(() => container.textContent).toContain("More words")
  expect(formulasIn(container)).toEqual(written)
  const unexpected = complaints.mock.calls.map(String).filter((complaint) => !complaint.includes(onlyHere))
  expect(unexpected).toEqual([])
})

/** Server and browser share one process, and one Streamdown, only in this test. */
const onlyHere = "multiple renderers"

/** Renders with the same modules, without a window. */
async function writtenByServer(text: string): Promise<string> {
  vi.stubGlobal("window", undefined)
  vi.resetModules()
  const { Markdown: MarkdownOnServer } = await import("#components/markdown/markdown.tsx")
  const stream = await renderToReadableStream(<MarkdownOnServer text={text} isLive={false} />)
  await stream.allReady
  const html = await new Response(stream).text()
  vi.unstubAllGlobals()
  return html
}

function formulasIn(container: HTMLElement): string[] {
  return [...container.querySelectorAll(".katex")].map((formula) => formula.outerHTML)
}
