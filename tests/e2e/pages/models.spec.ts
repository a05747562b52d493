import { answerIn, ask, expect, test } from "../support/world.ts"

test("a chosen model answers, is named with its answer, and is kept for the chat and for the next one", async ({
  page,
  twoModels,
  model,
}) => {
  model.answerWith("An answer.")
  model.release()
  await page.goto(`${twoModels.url}/agent/assistant`)
  const picker = page.getByRole("combobox", { name: "Model" })
  await expect(picker).toHaveValue("test-model")
  await ask(page, "First")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await expect(answerIn(page).getByTestId("answer-model")).toHaveText("test-model")
  const first = page.url()

  await picker.selectOption("other-model")
  await page.getByRole("button", { name: "Regenerate" }).click()
  await expect(answerIn(page).getByTestId("answer-model")).toHaveText("other-model")
  await page.goto(`${twoModels.url}/agent/coder`)
  await expect(picker).toHaveValue("other-model")
  await picker.selectOption("test-model")
  await page.goto(first)
  await expect(picker).toHaveValue("other-model")
  await ask(page, "Second")
  await expect(page.getByTestId("answer-model")).toHaveText(["other-model", "other-model"])
})
