import type { Page } from "@playwright/test"
import { openDrawer } from "../support/on-show.ts"
import { answerIn, ask, expect, test } from "../support/world.ts"

/** More than are listed at once. */
const chatCount = 55
let addressOfOldest: string

test.beforeEach(async ({ page, model }) => {
  model.answerWith("An answer.")
  model.release()
  await page.goto("/agent/assistant")
  await ask(page, "Question 1")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  addressOfOldest = page.url()
  await rename(page, "The oldest")
  // No page is open meanwhile that would mark the answered chats as unread.
  await page.goto("about:blank")
  const begin = async (number: number) => {
    const message = { id: crypto.randomUUID(), role: "user", parts: [{ type: "text", text: `Question ${number}` }] }
    await send(page, "POST", "/api/chat", { id: crypto.randomUUID(), agent: "assistant", message })
  }
  const numbers = Array.from({ length: chatCount - 1 }, (_, index) => index + 2)
  for (let first = 0; first < numbers.length; first += 9) await Promise.all(numbers.slice(first, first + 9).map(begin))
})

test("older chats load near the end of the list, and the list keeps its place between chats", async ({ page }) => {
  await page.goto("/agent/assistant")
  await openDrawer(page)
  await expect(rows(page)).toHaveCount(50)
  await rows(page).last().hover()
  await expect(rows(page)).toHaveCount(chatCount)
  await expect(page.getByTestId("older-chats")).toHaveCount(0)

  await row(page, "The oldest").click()
  await expect(page).toHaveURL(addressOfOldest)
  await expect(page.locator("h1")).toHaveText("The oldest")
  await expect(row(page, "The oldest")).toHaveAttribute("aria-current", "page")
  await expect(row(page, "The oldest")).toBeInViewport()
  await rename(page, "Renamed elsewhere")
  await expect(row(page, "Renamed elsewhere")).toBeInViewport()
  await expect(rows(page)).toHaveCount(chatCount)
})

test("a chat not listed yet has its own title in its header, its tab and the list", async ({ page }) => {
  await page.goto(addressOfOldest)
  await expect(page.locator("h1")).toHaveText("The oldest")
  await expect(page).toHaveTitle("The oldest · Rejoin")
  await openDrawer(page)
  await expect(rows(page).first()).toHaveText("The oldest")
})

test("when older chats fail to load the list says so, and continues by keyboard", async ({ page }) => {
  await page.goto("/agent/assistant")
  await openDrawer(page)
  await page.route("**/api/chats?cursor=*", (route) => route.abort())
  await rows(page).last().focus()
  await expect(page.getByTestId("older-chats")).toHaveAttribute("data-state", "failed")
  await page.unroute("**/api/chats?cursor=*")
  // Past the menu of the last chat.
  await page.keyboard.press("Tab")
  await page.keyboard.press("Tab")
  await page.keyboard.press("Enter")
  await expect(rows(page)).toHaveCount(chatCount)
  await expect(rows(page).nth(50)).toBeFocused()
})

const rows = (page: Page) => page.getByTestId("chat-list-item")
const row = (page: Page, title: string) => rows(page).filter({ hasText: title })

const rename = (page: Page, title: string) =>
  send(page, "PATCH", `/api/chat/${addressOfOldest.split("/").at(-1)}`, { title })

async function send(page: Page, method: string, path: string, data: object): Promise<void> {
  const headers = { origin: new URL(addressOfOldest).origin }
  const response = await page.request.fetch(path, { method, data, headers })
  expect(response.ok()).toBe(true)
  await response.body()
}
