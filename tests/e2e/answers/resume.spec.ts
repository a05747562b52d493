import { textOf } from "#tests/support/text-of.ts"
import { answerIn, answerText, ask, expect, knownText, storedMessages, test, writeUntil } from "../support/world.ts"

test.beforeEach(({ model }) => {
  model.answerWith(knownText)
  model.hold()
})

test("a refresh mid-answer: the words are back at once and continue live, none lost, none repeated", async ({
  page,
  model,
}) => {
  const callsBefore = model.calls
  await page.goto("/agent/assistant")
  await ask(page, "Count for me")
  await writeUntil(model, page, "word5")
  await expect(page).toHaveURL(/\/agent\/assistant\/[0-9a-f-]{36}$/)

  await page.reload()
  await expect(answerIn(page)).toContainText("word5")
  await expect(page.getByText("Reconnected – continuing stream…")).toBeVisible()
  await writeUntil(model, page, "word12")
  model.release()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(await answerText(page)).toContain(knownText)
  expect(textOf((await storedMessages(page)).at(-1))).toBe(knownText)
  expect(model.calls - callsBefore).toBe(1)
})

test("a second tab that joins halfway sees every word", async ({ page, context, model }) => {
  await page.goto("/agent/assistant")
  await ask(page, "Count for two")
  await writeUntil(model, page, "word5")
  const second = await context.newPage()
  await second.goto(page.url())
  await expect(answerIn(second)).toContainText("word5")
  await writeUntil(model, page, "word9")
  await expect(answerIn(second)).toContainText("word9")
  model.release()
  for (const tab of [page, second]) {
    await expect(answerIn(tab)).toHaveAttribute("data-status", "complete")
    expect(await answerText(tab)).toContain(knownText)
    await expect(tab.getByTestId("message-assistant")).toHaveCount(1)
  }
})

test("a tab closed and reopened later shows the whole answer", async ({ page, context, model }) => {
  await page.goto("/agent/assistant")
  await ask(page, "Go on without me")
  await writeUntil(model, page, "word3")
  const address = page.url()
  await page.close()
  model.release()

  const back = await context.newPage()
  await back.goto(address)
  await expect(answerIn(back)).toHaveAttribute("data-status", "complete")
  expect(await answerText(back)).toContain(knownText)
})

test("a stop from the second tab ends the answer in both, with the text so far", async ({ page, context, model }) => {
  await page.goto("/agent/assistant")
  await ask(page, "Count until I stop you")
  await writeUntil(model, page, "word4")
  const second = await context.newPage()
  await second.goto(page.url())
  await expect(answerIn(second)).toContainText("word4")
  await second.getByTestId("stop").click()
  for (const tab of [page, second]) await expect(answerIn(tab)).toHaveAttribute("data-status", "stopped")
  model.release()
  const stored = (await storedMessages(page)).at(-1)
  expect(stored?.metadata?.status).toBe("STOPPED")
  expect(knownText.startsWith(textOf(stored))).toBe(true)
  await page.reload()
  await expect(answerIn(page)).toHaveAttribute("data-status", "stopped")
  expect(await answerText(page)).toContain("word4")
})

test("F38 a reload before the first word finds the answer still to come", async ({ page, model }) => {
  await page.goto("/agent/assistant")
  await ask(page, "Think first")
  await expect(page).toHaveURL(/\/agent\/assistant\/[0-9a-f-]{36}$/)
  await page.reload()
  await expect(page.getByTestId("message-user")).toHaveText(/Think first/)
  await expect(page.getByTestId("skeleton")).toBeVisible()
  model.release()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(await answerText(page)).toContain(knownText)
  await expect(page.getByTestId("message-user")).toHaveCount(1)
})

for (const [what, held] of [
  ["the guest was made", "**/api/auth/sign-in/anonymous"],
  ["the message was stored", "**/api/chat"],
] as const)
  test(`F38 a reload answered before ${what}, and shown after, finds the message`, async ({ page, model }) => {
    model.release()
    const pageRead = Promise.withResolvers<void>()
    const begun = page.waitForResponse("**/api/chat")
    await page.goto("/agent/assistant")
    await page.route(held, async (route) => {
      await pageRead.promise
      await route.continue()
    })
    await ask(page, "Cross on the way")
    await expect(page).toHaveURL(/\/agent\/assistant\/[0-9a-f-]{36}$/)
    await page.route(page.url(), async (route) => {
      const response = await route.fetch()
      pageRead.resolve()
      await begun
      // The page being left also receives the rest, up to its end.
      await expect.poll(async () => (await storedMessages(page)).at(-1)?.metadata?.status).toBe("COMPLETE")
      await route.fulfill({ response })
    })
    await page.reload()
    await expect(page.getByTestId("message-user")).toHaveText(/Cross on the way/)
    await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
    await expect(page.getByTestId("message-user")).toHaveCount(1)
  })

test("a lost connection is noticed, reported and restored without a reload", async ({ page, context, model }) => {
  await page.goto("/agent/assistant")
  await ask(page, "Survive this")
  await writeUntil(model, page, "word5")
  await context.setOffline(true)
  await expect(page.getByTestId("connection")).toHaveAttribute("data-state", "offline")
  model.release(10)
  await context.setOffline(false)
  model.release()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(await answerText(page)).toContain(knownText)
})

test("a finished chat opens with its stored answer and no call to the model", async ({ page, model }) => {
  model.release()
  await page.goto("/agent/assistant")
  await ask(page, "Quickly")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  const calls = model.calls
  await page.reload()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await expect(page.getByText("Reconnected – continuing stream…")).toHaveCount(0)
  expect(model.calls).toBe(calls)
})

test("F34 a reload while the message is on its way sends it once", async ({ page, model }) => {
  const callsBefore = model.calls
  await page.goto("/agent/assistant")
  // The message leaves and never arrives, as on a train that enters a tunnel.
  await page.route("**/api/chat", () => undefined)
  await ask(page, "From the tunnel")
  await expect(page).toHaveURL(/\/agent\/assistant\/[0-9a-f-]{36}$/)
  await page.unroute("**/api/chat")
  await page.reload()
  await expect(page.getByTestId("message-user")).toHaveText(/From the tunnel/)
  model.release()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await page.reload()
  await expect(page.getByTestId("message-user")).toHaveCount(1)
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(model.calls - callsBefore).toBe(1)
})
