/** The page for people who read in the dark, from right to left, by ear or by keyboard. */
import type { Page } from "@playwright/test"
import { answerIn, ask, awake, expect, test } from "../support/world.ts"

const noteBackgrounds = `
  const seen = new Set()
  window.seenBackgrounds = seen
  requestAnimationFrame(function look() {
    if (document.body) seen.add(getComputedStyle(document.documentElement).backgroundColor)
    requestAnimationFrame(look)
  })
`

for (const [device, chosen] of [
  ["light", "Dark"],
  ["dark", "Light"],
] as const)
  test(`on a ${device} device, ${chosen} is painted from the first frame on, by the server alone`, async ({
    page,
    browser,
    baseURL,
  }) => {
    await page.emulateMedia({ colorScheme: device })
    await page.goto("/agent/assistant")
    await awake(page)
    const [before = ""] = await backgrounds(page)
    await page.getByTestId("theme").click()
    await page.getByRole("radio", { name: chosen }).check({ force: true })
    const [after = ""] = await backgrounds(page)
    expect(after).not.toBe(before)
    await page.addInitScript({ content: noteBackgrounds })
    await page.reload()
    await awake(page)
    await expect(page.getByTestId("composer-input")).toBeVisible()
    await page.getByTestId("theme").click()
    await expect(page.getByRole("radio", { name: chosen })).toBeChecked()
    expect(await page.evaluate("[...window.seenBackgrounds]")).toEqual([after])
    const around = page.locator('meta[name="theme-color"]')
    expect(new Set(await around.evaluateAll((tags) => tags.map((tag) => tag.getAttribute("content")))).size).toBe(1)

    const { cookies } = await page.context().storageState()
    const still = await browser.newContext({ baseURL: baseURL ?? "", colorScheme: device, javaScriptEnabled: false })
    await still.addCookies(cookies)
    const unscripted = await still.newPage()
    await unscripted.goto("/sign-in")
    expect(await backgrounds(unscripted)).toEqual([after])
    await still.close()
  })

test("Arabic and Hebrew run from right to left, with their bullets, columns and titles; code does not", async ({
  page,
  model,
}) => {
  model.answerWith(
    "## عنوان\n\nيكتب `npm ci` هنا.\n\n- واحد\n- اثنان\n\n| عمود | قيمة |\n|---|---|\n| أ | ب |\n\n```sh\nnpm ci\n```\n\nAnd English.",
  )
  model.release()
  await page.goto("/agent/assistant")
  const composer = page.getByTestId("composer-input")
  await composer.fill("שלום, מה שלומך?")
  expect(await directionOf(composer)).toBe("rtl")
  await ask(page, "שלום, מה שלומך?")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  for (const part of ["h2", "ul", "table"]) expect(await directionOf(answerIn(page).locator(part)), part).toBe("rtl")
  expect(await directionOf(answerIn(page).locator("pre"))).toBe("ltr")
  expect(await directionOf(answerIn(page).getByText("And English."))).toBe("ltr")
  const [first, second] = await answerIn(page)
    .locator("th")
    .evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().left))
  expect(first).toBeGreaterThan(second ?? 0)
  expect(await directionOf(page.getByTestId("message-user").locator("[dir=auto]"))).toBe("rtl")
  expect(await directionOf(page.getByTestId("chat-list-item").locator("[dir=auto]").first())).toBe("rtl")
  expect(await directionOf(page.getByRole("heading", { level: 1 }).locator("span"))).toBe("rtl")
})

test("a screen reader hears whole sentences, each once, and after a reload only new ones", async ({ page, model }) => {
  model.answerWith("The first one is here. The second one too. A third follows them. That was all")
  model.hold()
  await page.goto("/agent/assistant")
  const calls = model.calls
  await ask(page, "Read to me")
  await expect(heard(page)).toHaveText("The answer is on its way.")
  await model.called(calls + 1)
  model.release(7)
  await expect(heard(page)).toHaveText("The answer is on its way.The first one is here.")
  await expect(answerIn(page)).toContainText("second")
  await page.reload()
  await expect(answerIn(page)).toContainText("second")
  await expect(heard(page)).toHaveText("The answer is still being written.")
  model.release()
  await expect(heard(page)).toContainText("That was allThe answer is complete.")
  await expect(heard(page)).not.toContainText("The first one")
  await page.reload()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await expect(heard(page)).toHaveText("")
})

test("the first Tab skips to the message field, and closing a layer returns the focus", async ({ page }) => {
  await page.goto("/agent/assistant")
  await page.keyboard.press("Tab")
  await expect(page.getByRole("link", { name: "Skip to your message" })).toBeFocused()
  await page.keyboard.press("Enter")
  await expect(page.getByTestId("composer-input")).toBeFocused()
  await page.getByTestId("theme").focus()
  await page.keyboard.press("Enter")
  await expect(page.getByRole("radio", { name: "System" })).toBeFocused()
  await page.keyboard.press("ArrowDown")
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light")
  await page.keyboard.press("Escape")
  await expect(page.getByTestId("theme")).toBeFocused()
})

const heard = (page: Page) => page.getByTestId("announcer")

async function backgrounds(page: Page): Promise<string[]> {
  return [await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)]
}

async function directionOf(part: ReturnType<Page["locator"]>): Promise<string> {
  return part.evaluate((element) => getComputedStyle(element).direction)
}
