import type { Page } from "@playwright/test"
import { answerIn, ask, awake, expect, test } from "../support/world.ts"

test.beforeEach(({ model }) => {
  model.answerWith("An answer about pelicans.")
  model.release()
})

test("a chat is renamed, found by its messages, and deleted, by keyboard alone", async ({ page, baseURL }) => {
  await newChat(page, "First question")
  await newChat(page, "Second question")

  await openMenu(page, "First question")
  await page.keyboard.press("Tab")
  await page.keyboard.press("Enter")
  await expect(page.getByTestId("title-input")).toBeFocused()
  await page.keyboard.type("Renamed chat")
  await page.keyboard.press("Enter")
  await expect(row(page, "Renamed chat")).toBeVisible()
  await page.reload()
  await awake(page)
  await expect(row(page, "Renamed chat")).toBeVisible()

  await page.getByTestId("chat-search").fill("PELICAN")
  await expect(page.getByTestId("snippet").first()).toHaveText("An answer about pelicans.")
  await page.getByTestId("chat-search").fill("renamed")
  await expect(page.getByTestId("chat-list-item")).toHaveCount(1)
  await page.getByTestId("chat-search").fill("walrus")
  await expect(page.getByText("No chat contains this")).toBeVisible()
  await page.getByTestId("chat-search").press("Escape")
  await expect(page.getByTestId("chat-list-item")).toHaveCount(2)

  await remove(page, "Renamed chat")
  await expect(page.getByTestId("undo")).toBeFocused()
  await page.keyboard.press("Enter")
  await expect(row(page, "Renamed chat")).toBeVisible()
  await remove(page, "Second question")
  await expect(page.getByTestId("removed-chat")).toHaveCount(0, { timeout: 10_000 })
  // It was the current chat.
  await expect(page).toHaveURL(`${baseURL}/agent/assistant`)
  await page.reload()
  await expect(page.getByTestId("chat-list-item")).toHaveText(["Renamed chat"])
})

test("a chat deleted while leaving the page is gone", async ({ page }) => {
  await newChat(page, "First question")
  await newChat(page, "Second question")
  await remove(page, "First question")
  await expect(page.getByTestId("removed-chat")).toBeVisible()
  await page.reload()
  // A browser does not report a request that a page sends while it is left, but the server receives it.
  await expect.poll(() => listedTitles(page)).toEqual(["Second question"])
})

test("an invalid chat address gives the not-found page", async ({ page }) => {
  const response = await page.goto("/agent/assistant/not-a-uuid")
  expect(response?.status()).toBe(404)
  await expect(page.getByText("Page not found")).toBeVisible()
  await expect(page.getByTestId("composer-input")).toHaveCount(0)
})

async function listedTitles(page: Page): Promise<string[]> {
  const response = await page.request.get("/api/chats")
  return ((await response.json()) as { chats: { title: string }[] }).chats.map(({ title }) => title)
}

async function newChat(page: Page, question: string): Promise<void> {
  await page.goto("/agent/assistant")
  await ask(page, question)
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
}

const row = (page: Page, title: string) => page.getByTestId("chat-list-item").filter({ hasText: title })

/** The keyboard reaches it, though it is visible only on hover. */
async function openMenu(page: Page, title: string): Promise<void> {
  const menu = page.getByRole("button", { name: `More actions for “${title}”` })
  await menu.focus()
  await page.keyboard.press("Enter")
  await expect(page.getByRole("button", { name: "Rename", exact: true })).toBeVisible()
}

async function remove(page: Page, title: string): Promise<void> {
  await openMenu(page, title)
  await page.getByRole("button", { name: "Delete", exact: true }).press("Enter")
}
