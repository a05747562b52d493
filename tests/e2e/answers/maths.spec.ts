import type { Page } from "@playwright/test"
import { movesIn, noteMoves } from "../support/seen-moves.ts"
import { answerIn, answerText, expect, test, withMotion } from "../support/world.ts"

test.use(withMotion)

const formulas = [
  "The area under $e^{-x^2}$ is \\(\\sqrt{\\pi}\\), for $x \\in \\mathbb{R}$, and costs $5 to $10. word2",
  "$$\n\\int_{-\\infty}^{\\infty} e^{-x^2}\\,dx = \\sqrt{\\pi}\n$$",
  `1. In a list:\n   \\[\n   ${"x_1 + ".repeat(40)}\\text{and so on}\n   \\]\n2. word3`,
  "| a | b |\n| --- | --- |\n| $|x|$ | $\\frac{1}{2}$ |\n| $y$ | word4 |\n",
  "> $$\n> a > b^2\n> $$\n\nStill open: $$ \\frac{a}{b}",
].join("\n\n")

test("formulas appear complete with our own fonts, move nothing, and are there after a reload", async ({
  page,
  model,
  baseURL,
}) => {
  test.slow()
  const asked: string[] = []
  const said: string[] = []
  page.on("request", (request) => asked.push(request.url()))
  page.on("console", (message) => said.push(message.text()))
  page.on("pageerror", (error) => said.push(error.message))
  model.answerWith("No maths yet, for $5.")
  model.release()
  await page.goto("/agent/assistant")
  await askByKey(page, "What does it cost?")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(asked.filter(isOfKatex)).toEqual([])

  model.answerWith(formulas)
  model.hold()
  await noteMoves(page)
  await askByKey(page, "Maths, please")
  await writeOnUntil(model, page, "word3")
  expect(asked.filter(isOfKatex)).not.toEqual([])
  expect(await movesIn(page)).toEqual([])
  await page.reload()
  await expect(answerIn(page)).toContainText("word3")
  await writeOnUntil(model, page, "word4")
  model.release()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(await movesIn(page), "after a reload in the middle").toEqual([])
  const written = await formulasIn(page)
  expect(written).toHaveLength(9)
  await expect(answerIn(page)).toContainText("Still open: $$ \\frac{a}{b}")

  await page.reload()
  await expect(answerIn(page).locator(".katex").first()).toBeVisible()
  await page.evaluate(() => document.fonts.ready)
  expect(await movesIn(page), "after a reload of the whole").toEqual([])
  expect(await formulasIn(page)).toEqual(written)

  const wide = answerIn(page).locator("li .formula-display")
  await wide.focus()
  await page.keyboard.press("ArrowRight")
  await expect.poll(() => wide.evaluate((formula) => formula.scrollLeft)).toBeGreaterThan(0)
  expect(asked.filter((url) => !url.startsWith(baseURL ?? ""))).toEqual([])
  expect(said.filter((message) => !isSlowMachine.test(message))).toEqual([])
})

/** Chromium says so of a script whose page took seconds to use it. */
const isSlowMachine = /^The resource \S+ was preloaded using link preload but not used within a few seconds/

const isOfKatex = (url: string) => /katex/i.test(url)

/** By keyboard: the tooltip that the mouse would leave on the button moves when the machine is busy. */
async function askByKey(page: Page, question: string): Promise<void> {
  await page.getByTestId("composer-input").fill(question)
  await page.getByTestId("composer-input").press("Enter")
  await expect(page.getByTestId("message-user").last()).toContainText(question)
}

function formulasIn(page: Page): Promise<string[]> {
  return answerIn(page)
    .locator(".katex")
    .evaluateAll((formulas) => formulas.map((formula) => formula.outerHTML))
}

/** Several words at a time, without waiting for each. */
async function writeOnUntil(model: { release(words?: number): void }, page: Page, word: string): Promise<void> {
  while (!(await answerText(page)).includes(word)) {
    model.release(4)
    await page.waitForTimeout(30) // not a wait for a result: leaves the page room between words
  }
}
