// @vitest-environment jsdom
import { afterEach, beforeEach, expect, type MockInstance, test, vi } from "vitest"
import { loadMarkdown, Markdown } from "#components/markdown/markdown.tsx"
import { loadMaths } from "#components/markdown/maths/formula.tsx"
import { markFormulas } from "#components/markdown/maths/marked-formulas.ts"
import { find, mount, mountGrowing } from "../mount.ts"

await Promise.all([loadMarkdown(), loadMaths()])

let said: MockInstance[]

beforeEach(() => {
  said = (["log", "info", "warn", "error"] as const).map((method) => vi.spyOn(console, method))
})

afterEach(() => {
  for (const method of said) expect(method).not.toHaveBeenCalled()
})

test.each([
  ["$x^2$", "x^2"],
  ["\\(x\\)", "x"],
  ["So $e^{i\\pi} + 1 = 0$, as one sees.", "e^{i\\pi} + 1 = 0"],
  ["The $n$th of $5 + x$", "n|5 + x"],
  ["**Bold $a*b*c$**, and _in_ $a_1 + b_1$", "a*b*c|a_1 + b_1"],
  ["中文$x$中文", "x"],
  ["$\\text{speed of light} = c$", "\\text{speed of light} = c"],
  ["| a | b |\n| --- | --- |\n| $|x|$ | \\(y\\) |", "|x||y"],
])("in %s the formula is %s, inline", async (text, source) => {
  const container = await mount(<Markdown text={text} isLive={false} />)
  expect(sourcesIn(container)).toBe(source)
  expect(container.querySelector(".katex-display")).toBeNull()
})

test.each([
  ["$$x^2$$", "x^2"],
  ["It is\n$$\nx\n= y\n$$\nso", "x\n= y"],
  ["\\[ x = y \\]", "x = y"],
  ["1. One\n\n   \\[\n   a\n   - b_1 \\\\[2pt]\n   \\]\n2. Two", "a\n   - b_1 \\\\[2pt]"],
  ["> $$\n> a > b^2\n> $$", "a > b^2"],
  ["\\[\n\na^2\n\n\\]", "a^2"],
  ["$$\\begin{aligned} a &= b \\\\ c &= d \\end{aligned}$$", "\\begin{aligned} a &= b \\\\ c &= d \\end{aligned}"],
])("in %s the formula is %s, as a block that the keyboard can scroll", async (text, source) => {
  const container = await mount(<Markdown text={text} isLive={false} />)
  expect(sourcesIn(container)).toBe(source)
  expect(find(container, ".formula-display").tabIndex).toBe(0)
  find(container, ".formula-display > .katex-display")
})

test.each([
  "It costs $5 and $10.",
  "Between $5-$10, or $5/$10, or US$5 to A$6, or $5, or 5$ in Canada.",
  "| $5 | $6 |\n| --- | --- |\n| $7 | $8 |",
  "Set $HOME/$USER, then $PATH and $name$.",
  "Restaurants ($$) and ($$$), from $$ to $$$.",
  "\\[x\\] done, \\(see below\\), and \\$5^2 + \\$6^2",
])("%s is text", async (text) => {
  for (const isLive of [true, false]) {
    const container = await mount(<Markdown text={text} isLive={isLive} />)
    expect(container.querySelector(".katex")).toBeNull()
    expect(container.querySelector("code")).toBeNull()
    if (!text.includes("|") && !text.includes("\\")) expect(container.textContent).toBe(text)
  }
})

test.each([
  ["`$x^2$`", "$x^2$"],
  ["``a ` $x^2$``", "a ` $x^2$"],
  ["```tex\n$$x^2$$\n```", "$$x^2$$\n"],
  ["> ```\n> \\(x^2\\)\n> ```", "\\(x^2\\)\n"],
  ["    echo $x^2$ | \\(y\\)", "echo $x^2$ | \\(y\\)\n"],
])("code is left unchanged: %s", async (text, code) => {
  const container = await mount(<Markdown text={text} isLive={false} />)
  expect(container.querySelector(".katex")).toBeNull()
  expect(find(container, "code").textContent).toBe(code)
})

test("a formula being written is shown once it is complete, and then moves nothing before it", async () => {
  const text = "It is \\(x^2\\), so\n\n$$\n\\frac{a}{b} = 1\n$$\n\nand $y_1$ costs $5 and $10."
  const { container, grow } = await mountGrowing((words) => <Markdown text={words} isLive />)
  let before = ""
  for (let length = 1; length <= text.length; length++) {
    await grow(text.slice(0, length))
    const now = readableText(container)
    expect(now.slice(0, before.trimEnd().length), text.slice(0, length)).toBe(before.trimEnd())
    expect(now).not.toMatch(/\\|\^|\$\$|\$y/)
    before = now
  }
  expect(sourcesIn(container)).toBe("x^2|\\frac{a}{b} = 1|y_1")
})

test("an unclosed formula is text at the end", async () => {
  let isLive = true
  const { container, grow } = await mountGrowing((words) => <Markdown text={words} isLive={isLive} />)
  await grow("So $$x^2")
  expect(container.textContent).toBe("So")
  isLive = false
  await grow("So $$x^2")
  expect(container.textContent).toBe("So $$x^2")
})

test.each([
  "$\\frac{1$",
  "$\\foo$",
  "$$x & = \\\\ }$$",
  "$\\def\\a{x} \\a$",
  "$\\message{x}$",
  "$\\errmessage{x}$",
  "$\\show x$",
  "$x^😀$",
])("%s, which is invalid, is shown as its source", async (text) => {
  const container = await mount(<Markdown text={text} isLive={false} />)
  expect(find(container, "code").textContent).toBe(text)
  expect(container.querySelector(".katex, .katex-error")).toBeNull()
})

test.each([
  "$\\href{javascript:alert(1)}{x}$",
  "$\\url{https://evil.example}$",
  "$\\includegraphics{https://evil.example/x.png}$",
  "$\\htmlClass{fixed}{x} \\htmlId{a}{x} \\htmlData{a=b}{x}$",
  "$\\htmlStyle{background:url(https://evil.example)}{x}$",
  "$\\text{<img src=https://evil.example onerror=alert(1)>} = 1$",
  "$\\color{red;background:url(https://evil.example)} x$",
  "$x^{\\unicode{x}}$",
])("B58 B59 %s fetches, runs and links to nothing", async (text) => {
  const container = await mount(<Markdown text={text} isLive={false} />)
  expect(container.querySelector("a, img, image, script, iframe, [href], [src], [onerror], [id], .fixed")).toBeNull()
  expect(container.innerHTML).not.toMatch(/<[^>]+\sstyle="[^"]*(url|background)/i)
})

const bombs: [string, string][] = [
  ["braces in braces", `$${"{".repeat(1_400)}x^2${"}".repeat(1_400)}$`],
  ["fractions in fractions", `$$${"\\frac{1}{".repeat(290)}x${"}".repeat(290)}$$`],
  ["roots in roots", `$$${"\\sqrt{".repeat(400)}x${"}".repeat(400)}$$`],
  ["a wide matrix", `$$\\begin{matrix}${"a&".repeat(1_450)}\\end{matrix}$$`],
  ["many matrices", `$$\\begin{matrix}${"a&".repeat(500)}\\end{matrix}$$\n\n`.repeat(150)],
  ["a megabyte in one formula", `$$${"x^2+".repeat(250_000)}$$`],
  ["a formula of 190,000 letters", `$$${"x^2+".repeat(47_500)}$$`],
  ["a rule as large as the sky", "$$\\rule{99999999em}{99999999em}$$"],
  ["macros that unfold", `$$\\def\\a{\\b\\b}\\def\\b{\\c\\c}\\def\\c{${"x".repeat(900)}}${"\\a".repeat(900)}$$`],
  ["thousands of formulas", "$x$ ".repeat(20_000)],
  ["what only opens", "\\(".repeat(20_000)],
  ["what only opens, of both kinds", "\\(x \\[y ".repeat(10_000)],
  ["what opens in each paragraph", "$$x^2\n\n".repeat(1_000)],
  ["dollars", "$".repeat(50_000)],
  ["dollars and letters", "$a ".repeat(20_000)],
]

test.each(bombs)("B60 %s are shown within two seconds", async (_, text) => {
  // Counts processor time, so that a busy machine does not fail it.
  const begun = process.cpuUsage()
  const container = await mount(<Markdown text={`So: ${text}`} isLive={false} />)
  expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(2_000)
  expect(container.textContent).toContain("So:")
  expect(container.innerHTML.length).toBeLessThan(12_000_000)
  expect(container.innerHTML).not.toMatch(/(?:width|height):\d{4,}/)
})

test.each(bombs)("B60 %s are scanned at each new word without delay", (_, text) => {
  const all = text.repeat(1 + 190_000 / text.length).slice(0, 190_000)
  const begun = process.cpuUsage()
  markFormulas(all, true)
  expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(500)
})

/** Returns the TeX source of a formula, as a screen reader gets it. */
function sourcesIn(container: HTMLElement): string {
  return [...container.querySelectorAll("annotation")].map((source) => source.textContent).join("|")
}

/** Returns the visible text, with a mark for each formula. */
function readableText(container: HTMLElement): string {
  const copy = container.cloneNode(true) as HTMLElement
  for (const formula of copy.querySelectorAll(".katex")) formula.textContent = "∎"
  return copy.textContent
}
