import { renderToReadableStream } from "react-dom/server.edge"
import { expect, test } from "vitest"
import { Markdown } from "#components/markdown/markdown.tsx"
import { WithSources } from "#components/messages/answer/sources.tsx"

test("the server renders the numbers as links to sources, and a browser hydrates them unchanged", async () => {
  const source = { type: "source-url" as const, sourceId: "s", url: "https://one.example/a", title: "One" }
  const stream = await renderToReadableStream(
    <WithSources sources={[source]}>
      <Markdown text="So it is [1], not [2]." isLive={false} />
    </WithSources>,
  )
  await stream.allReady
  const html = await new Response(stream).text()
  const marks = html.match(/<button[^>]*data-citation[^>]*>/g) ?? []
  expect(marks).toHaveLength(1)
  expect(marks[0]).toContain('data-citation="1"')
  expect(marks[0]).toContain('aria-label="Source 1: One"')
  expect(html).toContain('href="https://one.example/a"')
})
