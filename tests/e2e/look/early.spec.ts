/** What a person does before the page is hydrated stays done. On a slow device that takes seconds. */
import type { Page } from "@playwright/test"
import { markdown } from "../support/on-show.ts"
import { answerIn, ask, awake, expect, test } from "../support/world.ts"

test("a page that was scrolled and searched before it was hydrated stays as it was left", async ({ page, model }) => {
  model.answerWith(Array.from({ length: 12 }, () => markdown).join("\n\n"))
  model.release()
  await page.goto("/agent/assistant")
  await ask(page, "At length")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")

  const hydrate = await reloadUnhydrated(page)
  const conversation = page.getByRole("region", { name: "Conversation" })
  await expect(answerIn(page)).toBeVisible()
  await conversation.hover()
  await page.mouse.wheel(0, -700)
  await expect.poll(() => aboveEndPx(page)).toBeGreaterThan(690)
  const scrolledTo = await conversation.evaluate((list) => list.scrollTop)
  const search = page.getByTestId("chat-search")
  await search.pressSequentially("no such words anywhere")
  await hydrate()

  await expect(page.getByTestId("chat-list-item")).toHaveCount(0)
  await expect(search).toHaveValue("no such words anywhere")
  await expect(search).toBeFocused()
  await expect(page.getByRole("button", { name: "Jump to the latest message" })).toBeVisible()
  expect(await conversation.evaluate((list) => list.scrollTop)).toBe(scrolledTo)

  const hydrateAgain = await reloadUnhydrated(page)
  await expect(answerIn(page)).toBeVisible()
  // Late growth, as by a picture, does not count as scrolling up.
  await answerIn(page).evaluate((answer) =>
    answer.append(Object.assign(document.createElement("div"), { style: "height: 400px" })),
  )
  expect(await aboveEndPx(page), "the page has grown").toBeGreaterThan(390)
  await hydrateAgain()
  await expect.poll(() => aboveEndPx(page)).toBeLessThan(2)
})

/** @returns lets the scripts load, and waits for hydration */
async function reloadUnhydrated(page: Page): Promise<() => Promise<void>> {
  const held: (() => Promise<void>)[] = []
  let isHeld = true
  await page.route("**/_next/static/**/*.js*", (route) => {
    if (!isHeld) return route.continue()
    held.push(() => route.continue())
  })
  await page.reload({ waitUntil: "commit" })
  return async () => {
    isHeld = false
    await Promise.all(held.map((release) => release()))
    await awake(page)
  }
}

function aboveEndPx(page: Page): Promise<number> {
  const conversation = page.getByRole("region", { name: "Conversation" })
  return conversation.evaluate((list) => list.scrollHeight - list.clientHeight - list.scrollTop)
}
