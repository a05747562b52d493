/** The demo, as a first-time visitor sees it. */
import type { FrameLocator, Page } from "@playwright/test"
import { awake, expect, knownText, test } from "../support/world.ts"

const view = (page: Page, number: number) => page.getByTestId(`view-${number}`)
const chatIn = (page: Page, number: number): FrameLocator => view(page, number).locator("iframe").contentFrame()
const answerIn = (page: Page, number: number) => chatIn(page, number).getByTestId("message-assistant").last()
/** Asks the demo's one question. */
async function askIn(page: Page, number: number): Promise<void> {
  const frame = await (await view(page, number).locator("iframe").elementHandle())?.contentFrame()
  if (frame) await awake(frame)
  await chatIn(page, number)
    .getByRole("button", { name: /long essay/ })
    .click()
}

const button = (page: Page, number: number, name: string) => view(page, number).getByRole("button", { name })

test("in the demo one view goes offline, is reloaded and has every word, while the other continues", async ({
  page,
  model,
}) => {
  model.answerWith(knownText)
  model.hold()
  const callsBefore = model.calls
  await page.goto("/demo")
  await askIn(page, 1)
  await model.called(callsBefore + 1)
  model.release(5)
  await expect(answerIn(page, 1)).toContainText("word5")
  await expect(page.getByTestId("step-ask")).toHaveAttribute("data-done", "true")
  await expect(page.getByTestId("step-open")).toHaveAttribute("data-done", "false")

  await page.getByTestId("open-here-too").click()
  await expect(answerIn(page, 2)).toContainText("word5")
  await expect(page.getByTestId("step-open")).toHaveAttribute("data-done", "true")
  await expect(page.getByTestId("comparison")).toHaveText("Both views show the same text")

  await button(page, 1, "Drop its network").click()
  await expect(page.getByTestId("happening")).toContainText("One view has no network.")
  await expect(chatIn(page, 1).getByText("You are offline.")).toBeVisible()
  model.release(25)
  await expect(answerIn(page, 2)).toContainText("word30")
  await expect(answerIn(page, 1)).not.toContainText("word6")
  await expect(page.getByTestId("comparison")).toHaveText("View 1 is 25 words behind")
  await expect(page.getByTestId("step-break")).toHaveAttribute("data-done", "false")
  await button(page, 1, "Bring it back").click()
  await expect(answerIn(page, 1)).toContainText("word30")
  await expect(page.getByTestId("step-break")).toHaveAttribute("data-done", "true")

  await button(page, 2, "Reload").click()
  await expect(answerIn(page, 2)).toContainText("word30")
  model.release()
  for (const number of [1, 2]) {
    await expect(answerIn(page, number)).toHaveAttribute("data-status", "complete")
    await expect(answerIn(page, number)).toContainText(knownText)
  }
  expect(model.calls - callsBefore).toBe(1)
})

test("a reload of the whole demo finds its chat, which is an ordinary one", async ({ page, model }) => {
  model.answerWith(knownText)
  model.hold()
  await page.goto("/demo")
  await askIn(page, 1)
  model.release(5)
  await expect(answerIn(page, 1)).toContainText("word5")
  await page.reload()
  await expect(answerIn(page, 1)).toContainText("word5")
  await page.getByRole("link", { name: "Open this chat in full" }).click()
  await expect(page.getByTestId("message-assistant")).toContainText("word5")
  await expect(page.getByTestId("chat-list-item")).toHaveCount(1)
  model.release()
  await expect(page.getByTestId("message-assistant")).toHaveAttribute("data-status", "complete")
})

test("only the demo can frame a chat, and only its own view of one; it offers no restart in production", async ({
  page,
}) => {
  const chatId = crypto.randomUUID()
  const policyOf = async (path: string) => (await page.request.get(path)).headers()["content-security-policy"]
  expect(await policyOf(`/demo/${chatId}/view`)).toContain("frame-ancestors 'self'")
  expect(await policyOf(`/demo/${chatId}`)).toContain("frame-ancestors 'none'")
  expect(await policyOf(`/demo/${chatId}`)).toContain("frame-src 'self'")
  for (const path of ["/agent/assistant", `/agent/assistant/${chatId}`, `/demo/${chatId}/view/x`, "/sign-in"]) {
    expect(await policyOf(path)).toContain("frame-ancestors 'none'")
    expect(await policyOf(path)).toContain("frame-src 'none'")
  }
  expect((await page.request.get("/demo/no-chat-id")).status()).toBe(404)
  await page.goto("/demo")
  await expect(chatIn(page, 1).getByTestId("composer-input")).toBeVisible()
  await expect(page.getByRole("button", { name: /server/ })).toHaveCount(0)
  expect((await page.request.post("/api/demo/restart-store")).status()).toBe(404)
})
