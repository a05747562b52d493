import type { Page } from "@playwright/test"
import type { RecordedRequest } from "#tests/support/providers/openai-server.ts"
import { textOf } from "#tests/support/text-of.ts"
import { answerIn, answerText, ask, expect, knownText, storedMessages, test, writeUntil } from "../support/world.ts"

test.beforeEach(({ model }) => {
  model.answerWith(knownOrItsRest)
  model.hold()
})

test("a stopped answer stays in place and continues, by keyboard, and is the same text after a reload", async ({
  page,
  model,
}) => {
  const callsBefore = model.calls
  await stopAt(page, model, "word8")
  const watched = await watchAnswer(page, "word8")
  await page.getByTestId("continue").focus()
  await page.keyboard.press("Enter")
  await expect(answerIn(page)).toHaveAttribute("data-status", "streaming")
  await expect(answerIn(page)).toContainText("word8")
  await expect(page.getByTestId("continue")).toHaveCount(0)
  await writeUntil(model, page, "word12")
  model.release()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(await watched.faults(), "what was shown was taken away").toEqual([])
  expect(await answerText(page)).toContain(knownText)

  await expect(page.getByTestId("branches"), "it is one answer, not two versions").toHaveCount(0)
  const [, answer, ...further] = await storedMessages(page)
  expect(further).toEqual([])
  expect(textOf(answer)).toBe(knownText)
  expect(answer?.parts.filter(({ type }) => type === "text")).toHaveLength(1)
  await page.reload()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(await answerText(page)).toContain(knownText)
  expect(model.calls - callsBefore).toBe(2)
})

test("a reload during a continuation shows the partial answer at once, and the rest as it arrives", async ({
  page,
  model,
}) => {
  await stopAt(page, model, "word8")
  const callsBefore = model.calls
  await page.getByTestId("continue").click()
  await expect(answerIn(page)).toHaveAttribute("data-status", "streaming")
  await model.called(callsBefore + 1)
  await page.reload()
  await expect(answerIn(page)).toContainText("word8")
  await expect(page.getByTestId("skeleton")).toHaveCount(0)
  model.release()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(await answerText(page)).toContain(knownText)
})

test("a refused continuation leaves the partial answer in place, says why, and can be retried", async ({
  page,
  model,
}) => {
  await stopAt(page, model, "word8")
  const error = { code: "rate_limited", message: "That was a lot in a short time.", requestId: "1", retryable: true }
  await page.route("**/api/chat", (route) => route.fulfill({ status: 429, json: { error } }))
  await page.getByTestId("continue").click()
  await expect(page.getByTestId("problem")).toContainText("That was a lot in a short time.")
  await expect(answerIn(page)).toContainText("word8")
  await expect(answerIn(page)).toHaveAttribute("data-status", "stopped")

  await page.unroute("**/api/chat")
  model.release()
  await page.getByTestId("problem").getByTestId("retry").click()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(textOf((await storedMessages(page)).at(-1))).toBe(knownText)
  await expect(page.getByTestId("problem")).toHaveCount(0)
})

async function stopAt(page: Page, model: Parameters<typeof writeUntil>[0], word: string): Promise<void> {
  await page.goto("/agent/assistant")
  await ask(page, "Count until I stop you")
  await writeUntil(model, page, word)
  await page.getByTestId("stop").click()
  await expect(answerIn(page)).toHaveAttribute("data-status", "stopped")
}

/** Checks every change of the page: the words must be there after each, and no placeholder. */
async function watchAnswer(page: Page, words: string): Promise<{ faults(): Promise<string[]> }> {
  const faults = await page.evaluateHandle((expected) => {
    const seen: string[] = []
    const look = () => {
      const answers = document.querySelectorAll("[data-testid=message-assistant]")
      if (!answers[answers.length - 1]?.textContent?.includes(expected)) seen.push("the words were gone")
      if (document.querySelector("[data-testid=skeleton]")) seen.push("a skeleton was shown")
      if (answers.length !== 1) seen.push(`there were ${answers.length} answers`)
    }
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true })
    return seen
  }, words)
  return { faults: () => faults.jsonValue() }
}

/** Returns the rest of the text when asked to continue. */
function knownOrItsRest({ body, question }: RecordedRequest): string {
  const soFar = body.messages.at(-2)?.content
  return question.includes("broke off") && typeof soFar === "string" ? knownText.slice(soFar.length) : knownText
}
