import type { ToolSet, UIMessageChunk } from "ai"
import { expect, test } from "vitest"
import { answerSources, normalUrl } from "#lib/generation/sources.ts"
import { namesSources } from "#lib/tools/marks.ts"

test.each([
  ["HTTPS://Example.COM/Path", "https://example.com/Path"],
  ["https://example.com:443/", "https://example.com/"],
  ["http://example.com:8080/", "http://example.com:8080/"],
  ["https://example.com", "https://example.com/"],
  ["https://example.com/page#part", "https://example.com/page"],
  ["https://example.com/page?utm_source=x&id=1&UTM_Campaign=y&gclid=z", "https://example.com/page?id=1"],
  ["https://example.com/page?utm_source=x", "https://example.com/page"],
  ["https://example.com/page?q=a%20b", "https://example.com/page?q=a%20b"],
  ["https://user:secret@example.com/", "https://example.com/"],
  ["https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"],
  ["/docs/how-it-works#stop", "/docs/how-it-works#stop"],
  ["/docs/../docs/./readme", "/docs/readme"],
])("%s is stored as %s", (text, url) => {
  expect(normalUrl(text)).toBe(url)
})

test("addresses with and without a final slash can be different pages", () => {
  expect(normalUrl("https://example.com/page/")).not.toBe(normalUrl("https://example.com/page"))
})

test.each([
  "javascript:alert(1)",
  "data:text/html,<script>1</script>",
  "file:///etc/passwd",
  "blob:https://example.com/x",
  "not an address",
  "//example.com/",
  "/\\example.com/",
  "/\t/example.com/",
  "/docs/..//example.com/",
  "docs/how-it-works.md",
  "/api/usage",
  "/docs/../api/usage",
  `/docs/${"x".repeat(2_000)}`,
  `https://example.com/${"x".repeat(2_000)}`,
])("B61 %s is not accepted as a source", (text) => {
  expect(normalUrl(text)).toBeUndefined()
})

test("B61 of 10,000 sources a hundred are kept, numbered by their first citation", () => {
  const sources = answerSources({})
  const urls = Array.from({ length: 10_000 }, (_, index) => `https://example.com/${Math.floor(index / 2)}`)
  const through = urls.filter((url) => sources.withSources({ type: "source-url", sourceId: url, url }).length > 0)
  expect(through).toHaveLength(100)
  expect(sources.cited.map(({ url }) => url)).toEqual(through)
  expect(sources.cited[99]?.url).toBe("https://example.com/99")
})

// Only the tools' own marks are read.
const tools = { look_up: namesSources({}), other: {} } as unknown as ToolSet

const called = (toolCallId: string, toolName: string): UIMessageChunk => ({
  type: "tool-input-available",
  toolCallId,
  toolName,
  input: {},
})

const found = (toolCallId: string, ...names: string[]): UIMessageChunk => ({
  type: "tool-output-available",
  toolCallId,
  output: { sources: names.map((name) => ({ url: `/docs/${name}`, title: name })) },
})

const saidOf = (chunks: UIMessageChunk[]) =>
  chunks.map((chunk) => (chunk.type === "source-url" ? chunk.url.replace("/docs/", "") : chunk.type))

test("a tool's sources follow its output, each once, even if found again", () => {
  const sources = answerSources(tools)
  sources.withSources(called("1", "look_up"))
  expect(saidOf(sources.withSources(found("1", "a", "b", "a")))).toEqual(["tool-output-available", "a", "b"])
  sources.withSources(called("2", "look_up"))
  expect(saidOf(sources.withSources(found("2", "b", "c")))).toEqual(["tool-output-available", "c"])
  expect(sources.cited.map(({ title }) => title)).toEqual(["a", "b", "c"])
})

test("neither other tools' outputs nor progress reports count as sources", () => {
  const sources = answerSources(tools)
  for (const toolName of ["other", "mcp_look_up", "constructor"]) sources.withSources(called(toolName, toolName))
  for (const id of ["other", "mcp_look_up", "constructor", "unknown"])
    expect(saidOf(sources.withSources(found(id, "a")))).toEqual(["tool-output-available"])
  sources.withSources(called("1", "look_up"))
  sources.numberOf({ url: "/docs/a" })
  const early = { ...found("1", "a"), preliminary: true } as UIMessageChunk
  expect(saidOf(sources.withSources(early))).toEqual(["tool-output-available"])
})

test("with two calls at once the assigned numbers hold, whichever result is read first", () => {
  const sources = answerSources(tools)
  for (const id of ["1", "2"]) sources.withSources(called(id, "look_up"))
  expect([sources.numberOf({ url: "/docs/a" }), sources.numberOf({ url: "/docs/b" })]).toEqual([1, 2])
  expect(saidOf(sources.withSources(found("2", "b")))).toEqual(["tool-output-available", "a", "b"])
  expect(saidOf(sources.withSources(found("1", "a")))).toEqual(["tool-output-available"])
})

test("a takeover sends sources that its log lacks, under the same numbers", () => {
  const sources = answerSources(tools)
  const heard: UIMessageChunk[] = [
    called("1", "look_up"),
    found("1", "a", "b"),
    { type: "source-url", sourceId: "1", url: "/docs/a" },
  ]
  for (const chunk of heard) sources.noteSent(chunk)
  expect(saidOf(sources.due())).toEqual(["b"])
  expect(sources.numberOf({ url: "/docs/b" })).toBe(2)
  expect(sources.numberOf({ url: "/docs/c" })).toBe(3)
})
