import type { Page } from "@playwright/test"
import type { OpenAiServer } from "#tests/support/providers/openai-server.ts"
import { answerIn, ask, awake, expect, knownText, storedMessages, test } from "../support/world.ts"

const title = "Numbers that add up"

test("an approved call runs and the answer continues in place, by keyboard and after a reload", async ({
  page,
  model,
}) => {
  await beAsked(page, model)
  await page.reload()
  await awake(page)
  await expect(page.getByTestId("approval")).toContainText(title)
  await page.getByTestId("approve").focus()
  await page.keyboard.press("Enter")
  await expect(page.getByTestId("approval")).toHaveCount(0)
  await expect(answerIn(page)).toContainText(knownText)
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await page.reload()
  await expect(answerIn(page)).toContainText(knownText)
  await expect(page).toHaveTitle(new RegExp(title))
  const [, answer, ...further] = await storedMessages(page)
  expect(further).toEqual([])
  expect(answer?.parts).toContainEqual(expect.objectContaining({ state: "output-available", output: { title } }))
})

test("a denied call does not run, and the answer continues", async ({ page, model }) => {
  await beAsked(page, model)
  await page.getByTestId("deny").click()
  await expect(answerIn(page)).toContainText("denied")
  await expect(answerIn(page)).toContainText(knownText)
  await page.reload()
  await awake(page)
  await expect(answerIn(page)).toContainText("denied")
  await expect(page).not.toHaveTitle(new RegExp(title))
})

async function beAsked(page: Page, model: OpenAiServer): Promise<void> {
  model.answerWith({ text: knownText, toolCall: { name: "rename_chat", arguments: { title } } })
  model.release()
  await page.goto("/agent/assistant")
  await ask(page, "Give this another name")
  await expect(page.getByTestId("approval")).toContainText(title)
}
