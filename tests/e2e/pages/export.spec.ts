import { readFile } from "node:fs/promises"
import { answerIn, ask, expect, test } from "../support/world.ts"

test("a chat is exported from its menu, as a file named after it", async ({ page, model }) => {
  model.answerWith("An answer about **pelicans**.")
  model.release()
  await page.goto("/agent/assistant")
  await ask(page, "Tell me about birds")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  for (const [label, ending, part] of [
    ["Export as Markdown", ".md", "An answer about **pelicans**.\n"],
    ["Export as JSON", ".json", '"text": "An answer about **pelicans**."'],
  ] as const) {
    await page.getByRole("button", { name: /^More actions/ }).focus()
    await page.keyboard.press("Enter")
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: label }).press("Enter"),
    ])
    expect(download.suggestedFilename()).toMatch(new RegExp(`^Tell me about birds .*\\${ending}$`))
    expect(await readFile(await download.path(), "utf8")).toContain(part)
    await expect(page.getByRole("link", { name: label })).toBeHidden()
  }
})
