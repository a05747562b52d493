import { expect, test } from "vitest"
import { type CitedSource, citedSources, normalUrl } from "#lib/generation/sources.ts"

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
])("M12 %s is stored as %s", (text, url) => {
  expect(normalUrl(text)).toBe(url)
})

test("M12 a slash at the end can be another page", () => {
  expect(normalUrl("https://example.com/page/")).not.toBe(normalUrl("https://example.com/page"))
})

test.each([
  "javascript:alert(1)",
  "data:text/html,<script>1</script>",
  "file:///etc/passwd",
  "blob:https://example.com/x",
  "not an address",
  "//example.com/",
  `https://example.com/${"x".repeat(2_000)}`,
])("B61 %s is no source", (text) => {
  expect(normalUrl(text)).toBeUndefined()
})

test("B61 of 10,000 sources a hundred are kept, numbered as they were first cited", () => {
  const cited: CitedSource[] = []
  const firstMention = citedSources(cited)
  const urls = Array.from({ length: 10_000 }, (_, index) => `https://example.com/${Math.floor(index / 2)}`)
  const through = urls.filter((url) => firstMention({ type: "source-url", sourceId: url, url }))
  expect(through).toHaveLength(100)
  expect(cited.map(({ url }) => url)).toEqual(through)
  expect(cited[99]?.url).toBe("https://example.com/99")
})
