import { expectToFit } from "../support/audit.ts"
import { openDrawer, sharedLink } from "../support/on-show.ts"
import { answerIn, answerText, ask, awake, expect, knownText, test, writeUntil } from "../support/world.ts"

test("on a phone: ask, reload mid-answer, watch it end, find it in the drawer", async ({ page, model }) => {
  model.answerWith(knownText)
  model.hold()
  await page.goto("/agent/assistant")
  await ask(page, "From my phone")
  await writeUntil(model, page, "word5")
  await page.reload()
  await expect(answerIn(page)).toContainText("word5")
  model.release()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(await answerText(page)).toContain(knownText)

  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
  await page.getByTestId("open-sidebar").tap()
  await expect(page.getByTestId("chat-list-item")).toHaveCount(1)
})

test("the demo on a phone: one view above the other, nothing beside the page", async ({ page, model }) => {
  model.answerWith(knownText)
  model.release()
  await page.goto("/demo")
  const view = page.getByTestId("view-1").locator("iframe")
  const frame = await (await view.elementHandle())?.contentFrame()
  if (frame) await awake(frame)
  const chat = view.contentFrame()
  await chat.getByRole("button", { name: /long essay/ }).tap()
  await page.getByTestId("open-here-too").tap()
  const second = page.getByTestId("view-2").locator("iframe").contentFrame()
  await expect(second.getByTestId("message-assistant")).toContainText(knownText)
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
})

test("on a phone the panel is a sheet over everything, and closing it returns to the place where it was opened", async ({
  page,
  model,
}) => {
  model.answerWith({ text: "```csv\nname,city\nAda,London\n```" })
  model.release()
  await page.goto("/agent/assistant")
  await ask(page, "A table")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await page.getByTestId("open-code").tap()
  const panel = page.getByRole("dialog", { name: "csv" })
  await expect(panel.getByRole("cell")).toHaveText(["Ada", "London"])
  await expect.poll(() => panel.boundingBox()).toEqual({ x: 0, y: 0, ...page.viewportSize() })
  await page.getByTestId("composer-input").focus()
  await expect(page.getByTestId("composer-input"), "what lies below is out of reach").not.toBeFocused()
  for (const button of await panel.getByRole("button").all())
    expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44)
  await panel.getByRole("button", { name: "Close" }).tap()
  await expect(page.getByTestId("open-code")).toBeFocused()
})

test("nothing is wider than a window of 320 px", async ({ page, model }) => {
  test.slow()
  await page.setViewportSize({ width: 320, height: 640 })
  const link = await sharedLink(page, model)
  await expectToFit(page, "a chat")
  await openDrawer(page)
  await expectToFit(page, "its drawer")
  for (const address of ["/agent/assistant", link, "/usage", "/sign-in", "/agent/nobody", "/demo"]) {
    await page.goto(address)
    await expect(page.getByRole("heading").first()).toBeVisible()
    await expectToFit(page, address)
  }
})
