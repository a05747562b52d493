import { textOf } from "#tests/support/text-of.ts"
import { answerIn, answerText, ask, expect, knownText, storedMessages, test, writeUntil } from "../support/world.ts"

test("F55 with the feature off the answer is written, stored and read as usual, and a reload shows the stored text", async ({
  browser,
  flagOff,
  model,
}) => {
  model.answerWith(knownText)
  model.hold()
  const context = await browser.newContext({ baseURL: flagOff.url })
  const page = await context.newPage()
  await page.goto("/agent/assistant")
  await ask(page, "Without the feature")
  await writeUntil(model, page, "word6")
  await page.reload()
  await expect(page.getByTestId("message-user")).toHaveCount(1)
  await expect(page.getByText("Reconnected – continuing stream…")).toHaveCount(0)
  model.release()
  await expect.poll(async () => textOf((await storedMessages(page)).at(-1))).toBe(knownText)
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(await answerText(page)).toContain(knownText)
  expect(flagOff.output()).not.toMatch(/ECONNREFUSED|redis/i)
  await context.close()
})
