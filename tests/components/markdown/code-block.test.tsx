// @vitest-environment jsdom
import { beforeEach, expect, onTestFinished, test, vi } from "vitest"
import { CodeBlock } from "#components/markdown/code/code-block.tsx"
import { lineHighlighter } from "#components/markdown/code/code-languages.ts"
import { find, hydrate, mount, mountGrowing } from "../mount.ts"

// On a busy machine, a language's first lines may take longer than a line is given.
const highlightLine = await lineHighlighter("ts")
for (let time = 0; time < 3; time++) highlightLine?.("const warm: number = 'up' // once")

/** Makes everything visible. */
beforeEach(() => {
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      readonly #see: IntersectionObserverCallback
      constructor(see: IntersectionObserverCallback) {
        this.#see = see
      }
      observe(target: Element): void {
        const entry = { isIntersecting: true, target } as Partial<IntersectionObserverEntry>
        this.#see([entry as IntersectionObserverEntry], this as unknown as IntersectionObserver)
      }
      unobserve(): void {}
    },
  )
})

const code = "const answer = 'forty-two' // a comment\nreturn answer\n"

test("visible code is highlighted, and its text is unchanged", async () => {
  const container = await mount(<CodeBlock code={code} language="ts" isGrowing={false} />)
  await vi.waitFor(() => expect(colours(container)).toContain("var(--code-token-comment)"), 10_000)
  expect(colours(container)).toContain("var(--code-token-keyword)")
  expect(find(container, "code").textContent).toBe(code)
})

test("what the user has selected of the code stays selected when it is highlighted", async () => {
  const element = <CodeBlock code={code} language="ts" isGrowing={false} />
  const container = await hydrate(element, (container) => {
    const text = find(container, "code").firstChild
    if (text) document.getSelection()?.setBaseAndExtent(text, code.indexOf("answer"), text, code.indexOf("comment"))
  })
  await vi.waitFor(() => expect(colours(container)).toContain("var(--code-token-comment)"), 10_000)
  expect(String(document.getSelection())).toBe("answer = 'forty-two' // a ")
})

test("growing code is highlighted line by line, and finished lines are not touched again", async () => {
  const { container, grow } = await mountGrowing((text) => <CodeBlock code={text} language="ts" isGrowing />)
  await grow("const one = 1\nconst tw")
  await vi.waitFor(() => expect(painted(container)).toContain("const"), 10_000)
  expect(painted(container)).not.toContain("tw")
  const first = find(container, "code span")
  for (let line = 2; line <= 40; line++) {
    const before = find(container, "code").childNodes.length
    await grow(`const one = 1\n${Array.from({ length: line }, (_, n) => `const two${n} = ${n}`).join("\n")}\n`)
    await vi.waitFor(() => expect(find(container, "code").lastChild?.textContent).toBe(""), 10_000)
    expect(find(container, "code").childNodes.length - before).toBeLessThan(30)
    expect(find(container, "code span")).toBe(first)
  }
  expect(find(container, "code").textContent).toContain("const two39 = 39\n")
})

test.each(["brainfuck-2000", "constructor", ""])("code in %j, an unknown language, stays plain", async (language) => {
  expect(await lineHighlighter(language)).toBeUndefined()
  const container = await mount(<CodeBlock code={code} language={language} isGrowing={false} />)
  expect(find(container, "code").innerHTML).toBe(code)
})

test("B60 an endless line, and code beyond a readable length, stay plain after the highlighted lines", async () => {
  const long = `const a = 1\nconst b = "${"x".repeat(50_000)}"\n${"const c = 3\n".repeat(20_000)}`
  const container = await mount(<CodeBlock code={long} language="ts" isGrowing={false} />)
  const plainChars = () => find(container, "code").lastChild?.textContent?.length ?? 0
  await vi.waitFor(() => expect(long.length - plainChars()).toBeGreaterThan(50_000), 15_000)
  expect(plainChars()).toBeGreaterThan(200_000)
  expect(painted(container).every((text) => text.length < 1_000)).toBe(true)
  expect(find(container, "code").textContent === long).toBe(true)
})

test("code that is replaced by other code is shown afresh", async () => {
  const { container, grow } = await mountGrowing((text) => <CodeBlock code={text} language="ts" isGrowing />)
  await grow("const one = 1\n")
  await grow("let two = 2\n")
  expect(find(container, "code").textContent).toBe("let two = 2\n")
  await vi.waitFor(() => expect(painted(container)).toContain("let"), 10_000)
  expect(find(container, "code").textContent).toBe("let two = 2\n")
})

test("L5 a line that a busy machine has no time for is highlighted later, and never in part", async () => {
  const hard = "const text = `a b`\nconst after = 2 // a comment\n"
  // The tokenizer reads this clock between two words, and gives up on a line after too much time.
  let now = 0
  const clock = vi.spyOn(Date, "now").mockImplementation(() => (now += 400))
  onTestFinished(() => void clock.mockRestore())
  const container = await mount(<CodeBlock code={hard} language="ts" isGrowing={false} />)
  await vi.waitFor(() => expect(clock).toHaveBeenCalled(), 10_000)
  expect(painted(container)).toEqual([])
  expect(find(container, "code").textContent).toBe(hard)

  clock.mockRestore()
  await vi.waitFor(() => expect(colours(container)).toContain("var(--code-token-comment)"), 10_000)
  expect(painted(container).filter((text) => text === "const")).toHaveLength(2)
  expect(find(container, "code").textContent).toBe(hard)
})

test("L5 code that never gets time stays plain, and is not retried without end", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] })
  let now = 0
  const clock = vi.spyOn(Date, "now").mockImplementation(() => (now += 400))
  onTestFinished(() => void clock.mockRestore())
  const { container, grow } = await mountGrowing((text) => <CodeBlock code={text} language="ts" isGrowing />)
  await grow("const a = 1\n")
  await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0), 10_000)
  for (let tries = 0; tries < 20; tries++) await vi.runOnlyPendingTimersAsync()
  const asked = clock.mock.calls.length
  await grow("const a = 1\nconst b = 2\n")
  await vi.runOnlyPendingTimersAsync()
  expect(clock.mock.calls.length).toBe(asked)
  expect(find(container, "code").innerHTML).toBe("const a = 1\nconst b = 2\n")
})

function colours(container: HTMLElement): string[] {
  return [...container.querySelectorAll<HTMLElement>("code span")].map((span) => span.style.color)
}

function painted(container: HTMLElement): string[] {
  return [...container.querySelectorAll<HTMLElement>("code span")].map((span) => span.textContent.trim())
}
