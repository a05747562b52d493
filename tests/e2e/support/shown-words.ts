/** Records every state of an answer on the page, so that nothing is missed that was visible for one frame only. */
import type { Page } from "@playwright/test"
import { expect } from "./world.ts"

/** Makes a script for a page that records how many words are visible, each time that changes. */
export const noteShownWords = `
  window.shownWords = []
  new MutationObserver(() => {
    const answers = document.querySelectorAll("[data-testid=message-assistant]")
    const words = answers[answers.length - 1]?.innerText.match(/word\\d+/g) ?? []
    const isPrefix = words.every((word, index) => word === "word" + (index + 1))
    const now = isPrefix ? words.length : words.join(" ")
    if (window.shownWords.at(-1) !== now) window.shownWords.push(now)
  }).observe(document, { subtree: true, childList: true, characterData: true })
`

/** Checks that each state was a beginning of the answer, and longer than the one before. */
export function expectGrowth(shown: unknown[]): void {
  expect(shown).toEqual(shown.toSorted((one, other) => Number(one) - Number(other)))
  expect(shown.filter((words) => typeof words !== "number")).toEqual([])
}

export async function shownWordsIn(page: Page): Promise<unknown[]> {
  return page.evaluate("window.shownWords")
}
