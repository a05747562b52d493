import { startApp } from "#tests/support/app-process.ts"
import { answerIn, ask, expect, test } from "./world.ts"

test("a chosen model answers, is named with its answer, and is kept for the chat and for the next one", async ({
  browser,
  model,
}) => {
  const app = await startApp({ environment: { OPENAI_BASE_URL: model.url, CHAT_MODELS: "test-model,other-model" } })
  const context = await browser.newContext({ baseURL: app.url })
  const page = await context.newPage()
  model.answerWith("An answer.")
  model.release()
  await page.goto("/agent/assistant")
  const picker = page.getByRole("combobox", { name: "Model that answers" })
  await expect(picker).toHaveValue("test-model")
  await ask(page, "First")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await expect(answerIn(page).getByTestId("answer-model")).toHaveText("test-model")
  const first = page.url()

  await picker.selectOption("other-model")
  await page.getByRole("button", { name: "Write a new answer" }).click()
  await expect(answerIn(page).getByTestId("answer-model")).toHaveText("other-model")
  await page.goto("/agent/coder")
  await expect(picker).toHaveValue("other-model")
  await picker.selectOption("test-model")
  await page.goto(first)
  await expect(picker).toHaveValue("other-model")
  await ask(page, "Second")
  await expect(page.getByTestId("answer-model")).toHaveText(["other-model", "other-model"])
  await context.close()
  await app.stop()
})
