import type { Page } from "@playwright/test"
import { textOf } from "#tests/support/text-of.ts"
import { answerIn, answerText, ask, awake, expect, storedMessages, test } from "../support/world.ts"

test.beforeEach(({ model }) => {
  model.answerWith("the first answer")
  model.release()
})

test("a message is edited in place; its old version can be shown again, even after a reload", async ({
  page,
  model,
}) => {
  await page.goto("/agent/assistant")
  await ask(page, "First question")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await edit(page, "Second question")
  model.answerWith("the second answer")
  await page.getByTestId("edit-input").press("Enter")
  await expect(answerIn(page)).toContainText("the second answer")
  await expect(page.getByTestId("message-user")).toHaveCount(1)
  await expect(page.getByTestId("message-user")).toContainText("Second question")
  await expect(page.getByTestId("branches")).toHaveAccessibleName("Version 2 of 2")

  const before = page.getByRole("button", { name: "Previous version" })
  await before.press("Enter")
  await expect(answerIn(page)).toContainText("the first answer")
  await expect(page.getByTestId("message-user")).toContainText("First question")
  await expect(page.getByTestId("branches")).toHaveAccessibleName("Version 1 of 2")
  await expect(before).toBeFocused()

  await page.reload()
  await awake(page)
  await expect(answerIn(page)).toContainText("the first answer")
  await page.getByRole("button", { name: "Next version" }).click()
  await expect(answerIn(page)).toContainText("the second answer")

  model.answerWith("the third answer")
  await ask(page, "And then?")
  await expect(answerIn(page)).toContainText("the third answer")
  expect((await storedMessages(page)).map(textOf)).toEqual([
    "Second question",
    "the second answer",
    "And then?",
    "the third answer",
  ])
})

test("a regenerated answer leads to the one before, and Escape leaves a message unchanged", async ({ page, model }) => {
  await page.goto("/agent/assistant")
  await ask(page, "A question")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  model.answerWith("another answer")
  await page.getByRole("button", { name: "Regenerate" }).click()
  await expect(answerIn(page)).toContainText("another answer")
  await page.getByRole("button", { name: "Previous version" }).click()
  await expect(answerIn(page)).toContainText("the first answer")

  await edit(page, "Never mind")
  await page.getByTestId("edit-input").press("Escape")
  await expect(page.getByTestId("edit")).toBeFocused()
  await expect(page.getByTestId("message-user")).toContainText("A question")
  expect(await answerText(page)).toContain("the first answer")
})

test("an earlier answer is regenerated, and the way back to its old continuation stays, even after a refusal", async ({
  page,
  model,
}) => {
  await page.goto("/agent/assistant")
  await ask(page, "First question")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  model.answerWith("what followed")
  await ask(page, "Second question")
  await expect(answerIn(page)).toContainText("what followed")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")

  const json = { error: { code: "db_unavailable", message: "In a moment.", requestId: "r", retryable: true } }
  await page.route("**/api/chat", (route) => route.fulfill({ status: 503, json }))
  await page.getByRole("button", { name: "Regenerate" }).first().click()
  await expect(page.getByTestId("problem")).toContainText("In a moment.")
  await expect(answerIn(page)).toContainText("what followed")
  await page.unroute("**/api/chat")
  model.answerWith("a better beginning")
  await page.getByTestId("problem").getByTestId("retry").click()
  await expect(page.getByTestId("message-user")).toHaveCount(1)
  await expect(answerIn(page)).toContainText("a better beginning")
  await page.getByRole("button", { name: "Previous version" }).click()
  await expect(page.getByTestId("message-user")).toHaveCount(2)
  await expect(answerIn(page)).toContainText("what followed")
})

test("an edit whose request is lost is sent again by Retry, in the same place", async ({ page, model }) => {
  await page.goto("/agent/assistant")
  await ask(page, "First question")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await page.route("**/api/chat", (route) =>
    route.fulfill({
      status: 503,
      json: { error: { code: "db_unavailable", message: "Try again in a moment.", requestId: "r", retryable: true } },
    }),
  )
  await edit(page, "Second question")
  await page.getByTestId("edit-send").click()
  await expect(page.getByTestId("problem")).toContainText("Try again in a moment.")
  await page.unroute("**/api/chat")
  model.answerWith("the second answer")
  await page.getByTestId("retry").click()
  await expect(answerIn(page)).toContainText("the second answer")
  expect((await storedMessages(page)).map(textOf)).toEqual(["Second question", "the second answer"])
  await expect(page.getByTestId("branches")).toHaveAccessibleName("Version 2 of 2")
})

async function edit(page: Page, text: string): Promise<void> {
  await page.getByTestId("message-user").last().hover()
  await page.getByTestId("edit").last().click()
  await page.getByTestId("edit-input").fill(text)
}
