import { answerIn, ask, expect, knownText, test, writeUntil } from "../support/world.ts"

test("shortcuts alone stop, copy, rename, search, fold the sidebar, start a chat, and list all shortcuts", async ({
  page,
  context,
  model,
  baseURL,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"])
  model.answerWith(`one two three four five six seven eight nine ten ${knownText}`)
  model.hold()
  await page.goto("/agent/assistant")
  await ask(page, "Count")
  await writeUntil(model, page, "three")
  // The topmost layer keeps the key: the dialog, then the menu, and only then the answer.
  await page.keyboard.press("Control+/")
  await expect(page.getByRole("dialog")).toBeVisible()
  await page.keyboard.press("Escape")
  await expect(page.getByRole("dialog")).toHaveCount(0)
  await page.getByRole("button", { name: /^More actions/ }).press("Enter")
  await expect(page.getByRole("button", { name: "Rename", exact: true })).toBeVisible()
  await page.keyboard.press("Escape")
  await expect(page.getByRole("button", { name: "Rename", exact: true })).toBeHidden()
  await writeUntil(model, page, "four")
  await page.keyboard.press("Escape")
  await expect(answerIn(page)).toHaveAttribute("data-status", "stopped")
  model.release()

  await page.keyboard.press("Alt+y")
  await expect(page.getByText("The last answer was copied.")).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^one two three four/)

  await page.keyboard.press("Alt+o")
  await expect(page.getByTestId("chat")).toHaveAttribute("data-folded", "true")
  await page.keyboard.press("F2")
  await expect(page.getByTestId("title-input")).toBeFocused()
  await expect(page.getByTestId("title-input")).toBeInViewport()
  await page.keyboard.type("Renamed by F2")
  await page.keyboard.press("Enter")
  await expect(page.getByTestId("chat-list-item")).toHaveText(["Renamed by F2"])
  await page.keyboard.press("Alt+o")
  await page.keyboard.press("Control+k")
  await expect(page.getByTestId("chat-search")).toBeFocused()
  await page.keyboard.type("xn?/")
  await expect(page.getByTestId("chat-search")).toHaveValue("xn?/")
  await page.keyboard.press("Escape")
  await expect(page.getByTestId("chat-search")).toHaveValue("")
  await page.keyboard.press("Escape")
  await expect(page.getByTestId("composer-input")).toBeFocused()

  await page.keyboard.press("Control+/")
  await expect(page.getByRole("dialog")).toContainText("New chatAlt+N")
  await page.keyboard.press("Alt+n")
  await expect(page.getByRole("dialog")).toBeVisible()
  await page.keyboard.press("Escape")
  await expect(page.getByRole("dialog")).toHaveCount(0)
  await expect(page.getByTestId("composer-input")).toBeFocused()
  await page.keyboard.press("Alt+n")
  await expect(page).toHaveURL(`${baseURL}/agent/assistant`)
  await expect(page.getByTestId("message-user")).toHaveCount(0)
})
