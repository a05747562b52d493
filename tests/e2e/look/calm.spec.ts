import { devices, type Page } from "@playwright/test"
import type { OpenAiServer } from "#tests/support/providers/openai-server.ts"
import { textOf } from "#tests/support/text-of.ts"
import { movesIn, noteMoves } from "../support/seen-moves.ts"
import {
  answerIn,
  answerText,
  ask,
  awake,
  expect,
  storedMessages,
  test,
  withMotion,
  writeUntil,
} from "../support/world.ts"

const line = (number: number) => `const value${number} = compute("a", ${number}) // of some use\n`
const row = (number: number) => `| row${number} | ${"a cell of several words ".repeat(3)} | ${number} |\n`
const numbers = Array.from({ length: 12 }, (_, index) => index)

/** Everything that an answer can contain, with marks to wait for. */
const richText = [
  "# A title that begins it",
  "Words with **bold**, `code` and a [link](https://example.org), enough of them to fill more than a line. word1",
  `\`\`\`ts\n${numbers.map(line).join("")}// ${"a long line that scrolls ".repeat(10)}\n// word2\n\`\`\``,
  `| A | B | C |\n| --- | --- | --- |\n${numbers.map(row).join("")}`,
  "- one\n- two\n  - three, word3\n\n> a quote",
  "~~~python\ndef words(text):\n    return text.split() # word4\n~~~",
  `The last words. word5 ${"And so on. ".repeat(20)}`,
].join("\n\n")

// Hundreds of words, several at a time, which takes a while on a busy machine.
test.use(withMotion)
test.beforeEach(() => test.slow())

const screens = [
  ["a desktop", { viewport: { width: 1280, height: 800 } }],
  [
    "a phone",
    { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, userAgent: devices["Pixel 7"].userAgent },
  ],
] as const

for (const [screen, options] of screens)
  test.describe(`on ${screen}`, () => {
    test.use(options)

    test("nothing moves while an answer with every kind of content is written, nor when it is reloaded", async ({
      page,
      model,
    }) => {
      model.answerWith({
        text: richText,
        reasoning: "I look it up before I say a word, and think of this and that.",
        toolCall: { name: "search_docs", arguments: { query: "how a reload is survived" } },
      })
      model.hold()
      await page.goto("/agent/assistant")
      await noteMoves(page)
      // By keyboard: the label of a button beside a resting mouse would count as a shift.
      await page.getByTestId("composer-input").fill("Everything, please")
      await page.keyboard.press("Enter")
      await writeOnUntil(model, page, "word1")
      expect(await movesIn(page)).toEqual([])
      await writeOnUntil(model, page, "word3")
      expect(await movesIn(page)).toEqual([])

      await page.reload()
      await expect(answerIn(page)).toContainText("word3")
      await expect(answerIn(page)).toHaveAttribute("data-status", "streaming")
      await writeOnUntil(model, page, "word4")
      expect(await movesIn(page), "after a reload in the middle").toEqual([])
      model.release()
      await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
      expect(await movesIn(page), "at the end").toEqual([])

      await page.reload()
      await expect(answerIn(page).locator("code span").first()).toBeVisible()
      expect(await movesIn(page), "after a reload of the whole").toEqual([])
    })
  })

test("after a reload the backlog is in place in every frame, and is not typed again", async ({ page, model }) => {
  model.answerWith(richText)
  model.hold()
  await page.goto("/agent/assistant")
  await ask(page, "From the middle")
  await writeOnUntil(model, page, "word3")
  const before = (await answerText(page)).length
  const storedChars = async () => textOf((await storedMessages(page)).at(-1)).length
  await expect.poll(storedChars).toBeGreaterThan(before - 400)
  await page.addInitScript(() => {
    const frames: { chars: number; fromEnd: number; fading: number }[] = []
    Object.assign(window, { frames })
    const look = () => {
      const answer = [...document.querySelectorAll<HTMLElement>("[data-testid=message-assistant]")].at(-1)
      const list = document.querySelector("[data-scroll]")
      if (answer && list)
        frames.push({
          chars: answer.querySelector(".markdown")?.textContent?.length ?? 0,
          fromEnd: list.scrollHeight - list.scrollTop - list.clientHeight,
          fading: document
            .getAnimations()
            .filter((one) => one instanceof CSSTransition && answer.contains((one.effect as KeyframeEffect).target))
            .length,
        })
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
  await page.reload()
  await expect(page.getByText("Reconnected – continuing stream…")).toBeVisible()
  const frames = await page.evaluate(
    () => (window as unknown as { frames: { chars: number; fromEnd: number; fading: number }[] }).frames,
  )
  // The last save lags at most 200 characters behind the page, and a code block's text is not its whole source.
  const chars = frames.map((frame) => frame.chars)
  expect(Math.min(...chars)).toBeGreaterThan(before - 400)
  expect(chars).toEqual(chars.toSorted((one, other) => one - other))
  // What had not been saved yet is a few lines, to which the page scrolls smoothly.
  expect(Math.max(...frames.map((frame) => frame.fromEnd))).toBeLessThan(300)
  expect(Math.max(...frames.map((frame) => frame.fading))).toBeLessThan(5)
  model.release()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
})

test("a reader further up stays there while words arrive, and returns to the newest with a click", async ({
  page,
  model,
}) => {
  model.answerWith(Array.from({ length: 300 }, (_, index) => `${index % 5 ? "" : "\n\n"}word${index + 1}`).join(" "))
  model.hold()
  await page.goto("/agent/assistant")
  await ask(page, "At length")
  await writeOnUntil(model, page, "word150")
  const toNewest = page.getByRole("button", { name: "Jump to the latest message" })
  await expect(toNewest).toHaveCount(0)
  await expect.poll(() => fromEnd(page)).toBeLessThan(5)

  await page.getByRole("region", { name: "Conversation" }).hover()
  await page.mouse.wheel(0, -600)
  await expect(toNewest).toBeVisible()
  await expect.poll(() => fromEnd(page)).toBeGreaterThanOrEqual(595)
  const place = await scrollTop(page)
  await writeOnUntil(model, page, "word250")
  expect(await scrollTop(page)).toBe(place)

  await toNewest.click()
  await expect(toNewest).toHaveCount(0)
  await expect.poll(() => fromEnd(page)).toBeLessThan(5)
  model.release()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await expect.poll(() => fromEnd(page)).toBeLessThan(5)
})

test("code in a stored answer is highlighted, keeps its text, and is copied from the server's own HTML", async ({
  page,
  model,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"])
  const code = "const answer = 42 // it is\n"
  model.answerWith(`\`\`\`ts\n${code}\`\`\``)
  model.release()
  await page.goto("/agent/assistant")
  await ask(page, "Some code")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await page.reload()
  await awake(page)
  await expect(answerIn(page).locator("code span").first()).toHaveText("const")
  expect(await answerIn(page).locator("code").textContent()).toBe(code)
  await answerIn(page).locator("figure").getByRole("button", { name: "Copy" }).click()
  await expect(answerIn(page).locator("figure").getByRole("button", { name: "Copied" })).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(code)
})

/** Several words at a time, without waiting for each: much of a table's text shows nothing. */
function writeOnUntil(model: OpenAiServer, page: Page, word: string): Promise<void> {
  return writeUntil(model, page, word, { wordsAtOnce: 6, looks: 4 })
}

function scrollTop(page: Page): Promise<number> {
  return page.evaluate(() => document.querySelector("[data-scroll]")?.scrollTop ?? -1)
}

function fromEnd(page: Page): Promise<number> {
  return page.evaluate(() => {
    const list = document.querySelector("[data-scroll]")
    return list ? list.scrollHeight - list.scrollTop - list.clientHeight : -1
  })
}
