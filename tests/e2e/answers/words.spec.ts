/** Text is shown as written, in real pages: while it grows, when it is complete, after a reload, and when shared. */

import type { Page } from "@playwright/test"
import { awkwardSentences, withoutSpaces } from "#tests/support/awkward-sentences.ts"
import { textOf } from "#tests/support/text-of.ts"
import { answerIn, answerText, ask, expect, storedMessages, test } from "../support/world.ts"

const named = /kwargs|_id|\[0, 1\)|<div|x \*\* y|__init__|\$HOME|~50~|Vec<String>|COUNT|C:\\|重要|중요|これは\*\*/
const sample = awkwardSentences().filter(({ said }) => named.test(said) && !said.includes("\n") && !/^[*#>]/.test(said))
const answer = sample.map(({ said }) => said).join("\n\n")
const seen = sample.map((sentence) => sentence.seen).join("")

test("U1 U9 awkward sentences read as written: growing, finished, reloaded and shared", async ({ page, model }) => {
  expect(sample.length).toBeGreaterThan(15)
  model.answerWith(answer)
  model.hold()
  await page.addInitScript(noteStates)
  await page.goto("/agent/assistant")
  await ask(page, "How is it written?")
  const complete = answerIn(page).and(page.locator("[data-status=complete]"))
  const seenStates = () => page.evaluate<number>("window.states.length")
  while ((await complete.count()) === 0) {
    const before = await seenStates()
    model.release(3)
    // The next words are sent once these are visible, or show nothing, so that even a slow page is checked in many
    // states.
    for (let look = 0; look < 10 && (await seenStates()) === before; look++) await page.waitForTimeout(10) // not a wait for a result: leaves the page room between words
  }
  const states = (await page.evaluate("window.states")) as string[]
  expect(states.length).toBeGreaterThan(20)
  expect(states.filter((state) => !seen.startsWith(withoutSpaces(state)))).toEqual([])
  // A space at the end, which nobody sees, may go again while the next sign is not decided.
  const written = states.map(withoutSpaces)
  expect(written).toEqual(written.toSorted((one, other) => one.length - other.length))
  expect(await shownIn(page)).toBe(seen)

  await page.reload()
  expect(await shownIn(page)).toBe(seen)
  expect(textOf((await storedMessages(page)).at(-1))).toBe(answer)

  await page.getByRole("button", { name: /^More actions/ }).focus()
  await page.keyboard.press("Enter")
  await page.getByRole("button", { name: "Share", exact: true }).press("Enter")
  await page.getByTestId("create-link").press("Enter")
  await expect(page.getByTestId("share-link")).toBeFocused()
  const link = await page.getByTestId("share-link").inputValue()
  await page.goto(link)
  expect(await shownIn(page)).toBe(seen)
})

/** Records the answer's text at each change. */
const noteStates = `
  window.states = []
  new MutationObserver(() => {
    const now = document.querySelector("[data-testid=message-assistant] .markdown, [data-testid=message-assistant] .plain-text")?.textContent ?? ""
    if (window.states.at(-1) !== now) window.states.push(now)
  }).observe(document, { subtree: true, childList: true, characterData: true })
`

async function shownIn(page: Page): Promise<string> {
  await expect(answerIn(page)).toBeVisible()
  const words = answerIn(page).locator(".markdown")
  return (await words.count()) > 0 ? withoutSpaces((await words.textContent()) ?? "") : answerText(page)
}
