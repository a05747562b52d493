import type { Page } from "@playwright/test"
import { answerIn, ask, expect, test } from "../support/world.ts"

test("a chat is shared by keyboard, read by a stranger as it was then, and unshared", async ({
  page,
  browser,
  baseURL,
  model,
}) => {
  model.answerWith("An answer about **pelicans**.")
  model.release()
  await page.goto("/agent/assistant")
  await ask(page, "Tell me about birds")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")

  await openSharing(page)
  await page.getByTestId("create-link").press("Enter")
  await expect(page.getByTestId("share-link")).toBeFocused()
  const link = await page.getByTestId("share-link").inputValue()
  expect(link).toMatch(/\/share\/[\w-]{32}$/)
  await page.keyboard.press("Escape")
  await expect(page.getByRole("dialog")).toHaveCount(0)
  await expect(page.getByRole("button", { name: /^More actions/ })).toBeFocused()
  model.answerWith("A secret.")
  await ask(page, "What else?")
  await expect(answerIn(page)).toHaveText(/A secret\./)
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")

  const stranger = await browser.newContext({ baseURL: baseURL ?? "" })
  const reader = await stranger.newPage()
  const asked: string[] = []
  reader.on("request", (request) => asked.push(new URL(request.url()).pathname))
  const response = await reader.goto(link)
  expect(response?.headers()).toMatchObject({
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow, noarchive",
  })
  expect(response?.headers()["cache-control"]).toContain("no-store")
  await expect(reader.getByTestId("message-user")).toHaveText("Tell me about birds")
  await expect(reader.getByTestId("message-assistant").locator("strong")).toHaveText("pelicans")
  await expect(reader.locator('meta[name="robots"]')).toHaveAttribute("content", "noindex, nofollow")
  const chatId = page.url().split("/").at(-1) ?? ""
  expect(await response?.text()).not.toContain("secret")
  expect(await response?.text()).not.toContain(chatId)
  // A read-only page: it asks for no session and for nothing of the chat's.
  expect(asked.filter((path) => path.startsWith("/api/"))).toEqual([])
  expect(await stranger.cookies()).toEqual([])

  await openSharing(page)
  await page.getByTestId("update-link").click()
  await expect(page.getByTestId("update-link")).toHaveCount(0)
  await reader.reload()
  await expect(reader.getByTestId("message-user")).toHaveCount(2)
  await page.getByTestId("unshare").click()
  await expect(page.getByTestId("create-link")).toBeFocused()
  expect((await reader.reload())?.status()).toBe(404)
  await expect(reader.getByRole("heading")).toHaveText("This chat is not shared")
  await stranger.close()
})

async function openSharing(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^More actions/ }).focus()
  await page.keyboard.press("Enter")
  await page.getByRole("button", { name: "Share", exact: true }).press("Enter")
  await expect(page.getByRole("dialog")).toBeVisible()
}
