import { answerIn, answerText, ask, expect, knownText, test, writeUntil } from "./world.ts"

test("M18 on a phone: ask, reload mid-answer, watch it end, find it in the drawer", async ({ page, model }) => {
  model.answerWith(knownText)
  model.hold()
  await page.goto("/agent/assistant")
  await ask(page, "From my phone")
  await writeUntil(model, page, "word5")
  await page.reload()
  await expect(answerIn(page)).toContainText("word5")
  model.release()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(await answerText(page)).toContain(knownText)

  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
  await page.getByTestId("open-sidebar").tap()
  await expect(page.getByTestId("chat-list-item")).toHaveCount(1)
})
