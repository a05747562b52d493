/** What other tabs and devices show of turns that begin and end elsewhere, without a reload. */
import type { Browser, BrowserContext, Page } from "@playwright/test"
import { answerIn, answerText, ask, expect, knownText, test, writeUntil } from "../support/world.ts"

test.beforeEach(({ model }) => {
  model.answerWith(knownText)
  model.hold()
})

/** A chat with one finished turn. */
async function openChat(page: Page, model: { release(): void; hold(): void }, question: string): Promise<string> {
  await page.goto("/agent/assistant")
  await ask(page, question)
  model.release()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  model.hold()
  await expect(page).toHaveURL(/\/agent\/assistant\/[0-9a-f-]{36}$/)
  return page.url()
}

/** The same person on another device: the same session, and nothing else shared. */
async function otherDevice(browser: Browser, context: BrowserContext, baseURL: string | undefined): Promise<Page> {
  const storageState = { ...(await context.storageState()), origins: [] }
  const device = await browser.newContext({ storageState, baseURL: baseURL ?? "" })
  return device.newPage()
}

const listed = (page: Page, address: string) => page.locator(`[data-chat-id="${address.split("/").at(-1)}"]`)

test("an open tab shows a turn begun in another one, live, and that it was stopped", async ({
  page,
  context,
  model,
}) => {
  const address = await openChat(page, model, "First question")
  const second = await context.newPage()
  await second.goto(address)
  await expect(second.getByTestId("message-user")).toHaveCount(1)
  const callsBefore = model.calls

  await ask(page, "Second question")
  await expect(second.getByTestId("message-user")).toHaveCount(2)
  await expect(second.getByTestId("message-user").last()).toHaveText(/Second question/)
  await writeUntil(model, page, "word5")
  await expect(answerIn(second)).toContainText("word5")
  await writeUntil(model, page, "word9")
  await expect(answerIn(second)).toContainText("word9")
  await second.getByTestId("stop").click()
  for (const tab of [page, second]) {
    await expect(answerIn(tab)).toHaveAttribute("data-status", "stopped")
    await expect(tab.getByTestId("message-assistant")).toHaveCount(2)
    await expect(tab.getByTestId("problem")).toHaveCount(0)
  }
  await expect.poll(async () => (await answerText(second)) === (await answerText(page))).toBe(true)
  expect(model.calls - callsBefore).toBe(1)
})

test("another device shows the turn, and follows a second one after the first", async ({
  page,
  context,
  browser,
  baseURL,
  model,
}) => {
  const address = await openChat(page, model, "From my desk")
  const device = await otherDevice(browser, context, baseURL)
  await device.goto(address)
  for (const [question, count] of [
    ["Once more", 2],
    ["And again", 3],
  ] as const) {
    await ask(page, question)
    await writeUntil(model, page, "word3")
    await expect(device.getByTestId("message-user")).toHaveCount(count)
    await expect(answerIn(device)).toContainText("word3")
    model.release()
    for (const tab of [page, device]) await expect(answerIn(tab)).toHaveAttribute("data-status", "complete")
    expect(await answerText(device)).toContain(knownText)
    model.hold()
  }
  await device.context().close()
})

test("a new chat tops the other tab's list, pulses while written, and is marked when answered until it is opened", async ({
  page,
  context,
  model,
}) => {
  const olderAddress = await openChat(page, model, "An older chat")
  const second = await context.newPage()
  await second.goto("/agent/assistant")
  await expect(second.getByTestId("chat-list-item")).toHaveCount(1)
  const widthBefore = await second.getByTestId("chat-list-item").locator("span").first().evaluate(widthOf)

  await page.getByTestId("new-chat").click()
  await expect(page.getByTestId("message-user")).toHaveCount(0)
  await ask(page, "A newer chat")
  await expect(page).toHaveURL(/\/agent\/assistant\/[0-9a-f-]{36}$/)
  const newer = listed(second, page.url())
  await expect(newer).toHaveAttribute("data-running", "true")
  await expect(second.getByTestId("chat-list-item").first()).toHaveText(/A newer chat/)
  await expect(second.getByTestId("chat-list-item")).toHaveCount(2)
  await expect(newer.locator(".live-dot[data-live=writing]")).toBeVisible()

  const address = page.url()
  await listed(page, olderAddress).click()
  await expect(page.getByTestId("message-user")).toHaveText(/An older chat/)
  model.release()
  for (const tab of [page, second]) {
    await expect(listed(tab, address)).toHaveAttribute("data-unread", "true")
    await expect(listed(tab, address)).toHaveAttribute("data-running", "false")
    await expect(listed(tab, address).locator(".live-dot[data-live=unread]")).toBeVisible()
  }
  const older = second.getByTestId("chat-list-item").last().locator("span").first()
  expect(await older.evaluate(widthOf)).toBe(widthBefore)
  await newer.click()
  await expect(answerIn(second)).toHaveAttribute("data-status", "complete")
  for (const tab of [page, second]) await expect(listed(tab, address)).toHaveAttribute("data-unread", "false")
})

test("a chat answered while no page was open is marked until it is opened", async ({ page, context, model }) => {
  await page.goto("/agent/assistant")
  await ask(page, "While I am away")
  await writeUntil(model, page, "word2")
  const address = page.url()
  const other = await context.newPage()
  await other.goto("/agent/assistant")
  await expect(listed(other, address)).toHaveAttribute("data-running", "true")
  // The page shows the state from its server; here the feed must be the one to report it.
  await expect.poll(() => other.evaluate(notedWriting, address.split("/").at(-1) ?? "")).toBe(true)
  await other.close()
  await page.close()
  model.release()

  const back = await context.newPage()
  await back.goto("/agent/assistant")
  await expect(listed(back, address)).toHaveAttribute("data-unread", "true")
  await listed(back, address).click()
  await expect(answerIn(back)).toHaveAttribute("data-status", "complete")
  await expect(listed(back, address)).toHaveAttribute("data-unread", "false")
  await back.getByTestId("new-chat").click()
  await expect(back.getByTestId("message-user")).toHaveCount(0)
  await expect(listed(back, address)).toHaveAttribute("data-unread", "false")
})

test("a chat deleted elsewhere leaves the list, and the tab that shows it", async ({ page, context, model }) => {
  const isFed = page.waitForResponse("**/api/events")
  const address = await openChat(page, model, "To be deleted")
  await isFed
  const second = await context.newPage()
  await second.goto("/agent/assistant")
  await expect(second.getByTestId("chat-list-item")).toHaveCount(1)
  // It is visible for a few seconds only.
  const isTold = expect(page.getByText("This chat was deleted in another tab")).toBeVisible()
  const deleted = await context.request.delete(`/api/chat/${address.split("/").at(-1)}`)
  expect(deleted.ok()).toBe(true)
  await expect(second.getByTestId("chat-list-item")).toHaveCount(0)
  await expect(page).toHaveURL(/\/agent\/assistant$/)
  await isTold
  await expect(page.getByTestId("message-user")).toHaveCount(0)
})

test("events between a page's rendering and the feed's first message are not missed", async ({
  page,
  context,
  browser,
  baseURL,
  model,
}) => {
  const address = await openChat(page, model, "Before")
  const device = await otherDevice(browser, context, baseURL)
  const mayConnect = Promise.withResolvers<void>()
  await device.route("**/api/events", async (route) => {
    await mayConnect.promise
    await route.continue()
  })
  await device.goto(address)
  await expect(device.getByTestId("message-user")).toHaveCount(1)
  await ask(page, "Begun and ended meanwhile")
  model.release()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  model.hold()
  await page.getByTestId("new-chat").click()
  await expect(page.getByTestId("message-user")).toHaveCount(0)
  await ask(page, "Begun meanwhile")
  await expect(page).toHaveURL(/\/agent\/assistant\/[0-9a-f-]{36}$/)
  await writeUntil(model, page, "word2")

  mayConnect.resolve()
  await expect(listed(device, page.url())).toHaveAttribute("data-running", "true")
  await expect(device.getByTestId("message-user")).toHaveCount(2)
  await expect(answerIn(device)).toHaveAttribute("data-status", "complete")
  await device.context().close()
  model.release()
})

test("F33 the tabs of a browser share one connection, which moves to another tab when its own is closed", async ({
  page,
  context,
  model,
}) => {
  const address = await openChat(page, model, "Shared")
  await page.close()
  const connections: Page[] = []
  context.on("request", (request) => {
    if (new URL(request.url()).pathname === "/api/events") connections.push(request.frame().page())
  })
  const tabs = [await context.newPage(), await context.newPage(), await context.newPage()] as const
  for (const tab of tabs) await tab.goto(address)
  await ask(tabs[0], "Heard by all")
  for (const tab of tabs) await expect(tab.getByTestId("message-user")).toHaveCount(2)
  model.release()
  for (const tab of tabs) await expect(answerIn(tab)).toHaveAttribute("data-status", "complete")
  model.hold()
  expect(connections).toHaveLength(1)

  const [leader] = connections
  await leader?.close()
  await expect.poll(() => connections.length).toBe(2)
  const left = tabs.filter((tab) => tab !== leader)
  await ask(left[0] ?? page, "Heard by those who are left")
  for (const tab of left) await expect(tab.getByTestId("message-user")).toHaveCount(3)
  model.release()
  for (const tab of left) await expect(answerIn(tab)).toHaveAttribute("data-status", "complete")
  expect(connections).toHaveLength(2)
})

test("a refused message is not lost to another tab's turn", async ({ page, context, model }) => {
  const address = await openChat(page, model, "First")
  const second = await context.newPage()
  await second.goto(address)
  await expect(second.getByTestId("message-user")).toHaveCount(1)
  await second.route("**/api/chat", async (route) => {
    await ask(page, "From the first tab")
    await writeUntil(model, page, "word2")
    await route.continue()
  })
  await ask(second, "From the second tab")
  await expect(second.getByTestId("problem")).toBeVisible()
  model.release()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await second.unroute("**/api/chat")
  await expect(second.getByText("From the second tab")).toBeVisible()
  await second.getByTestId("retry").first().click()
  for (const tab of [page, second]) {
    await expect(tab.getByTestId("message-user")).toHaveText([/First/, /From the first tab/, /From the second tab/])
    await expect(answerIn(tab)).toHaveAttribute("data-status", "complete")
  }
})

/** Tells whether this browser has stored that a chat is being written. */
function notedWriting(chatId: string): boolean {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith("rejoin:unread:"))
  return keys.some((key) => localStorage.getItem(key)?.includes(chatId))
}

function widthOf(element: Element): number {
  return element.getBoundingClientRect().width
}
