import { answerIn, ask, awake, expect, test } from "../support/world.ts"

test("an unsent draft is kept for its chat, over reloads and other chats, until it is sent", async ({
  page,
  model,
}) => {
  model.answerWith("An answer.")
  model.release()
  const input = page.getByTestId("composer-input")
  await page.goto("/agent/assistant")
  await ask(page, "First question")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await input.fill("Half a thou")
  await page.getByTestId("new-chat").click()
  await expect(page.getByTestId("message-user")).toHaveCount(0)
  await expect(input).toHaveValue("")
  await input.fill("For a new one")
  await page.getByTestId("chat-list-item").click()
  await expect(input).toHaveValue("Half a thou")
  await page.reload()
  await expect(input).toHaveValue("Half a thou")
  await input.press("Enter")
  await expect(page.getByTestId("message-user")).toHaveText(["First question", "Half a thou"])
  await page.reload()
  await expect(input).toHaveValue("")
  await page.goto("/agent/assistant")
  await expect(input).toHaveValue("For a new one")
})

test("a guest's draft moves to the account, and is removed by signing out", async ({ page }) => {
  const input = page.getByTestId("composer-input")
  await page.goto("/agent/assistant")
  await input.fill("For a new one")
  await expect.poll(() => page.evaluate(() => localStorage.length)).toBeGreaterThan(0)
  await page.goto("/sign-in")
  await awake(page)
  await page.getByRole("button", { name: "New here? Create an account" }).click()
  await page.getByLabel("E-mail address").fill(`${crypto.randomUUID()}@example.com`)
  await page.getByLabel("Password").fill("a long password")
  await page.getByRole("button", { name: "Create account", exact: true }).click()
  await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible()
  // A guest's drafts move to the account, as the chats do.
  await expect(input).toHaveValue("For a new one")
  await page.getByRole("button", { name: "Sign out" }).click()
  await expect(page.getByText("You are a guest.")).toBeVisible()
  await expect(input).toHaveValue("")
})
