import { answerIn, ask, expect, test } from "../support/world.ts"

test("sections found by an answer are cited, and each number links to the section, which anyone may read", async ({
  page,
  browser,
  baseURL,
  model,
}) => {
  model.answerWith({ text: "It stops [1].", toolCall: { name: "search_docs", arguments: { query: "stop" } } })
  model.release()
  await page.goto("/agent/assistant")
  await ask(page, "How do I stop it?")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await page.reload()
  const citation = answerIn(page).getByTestId("citation")
  await expect(citation).toHaveAccessibleName("Source 1: How it works: Stop")
  await citation.click()
  const chip = answerIn(page).getByRole("link", { name: /^Source 1: How it works: Stop/ })
  await expect(chip).toBeFocused()
  const [opened] = await Promise.all([page.waitForEvent("popup"), chip.press("Enter")])
  await expect(opened.getByRole("heading", { name: "Stop", exact: true })).toBeInViewport()

  const stranger = await browser.newContext({ baseURL: baseURL ?? "" })
  const reader = await stranger.newPage()
  const asked: string[] = []
  reader.on("request", (request) => asked.push(new URL(request.url()).pathname))
  const response = await reader.goto(opened.url())
  expect(response?.status()).toBe(200)
  await expect(reader).toHaveTitle("How it works · Rejoin")
  await expect(reader.getByRole("heading", { name: "Stop", exact: true })).toBeInViewport()
  expect(asked.filter((path) => path.startsWith("/api/"))).toEqual([])
  expect(await stranger.cookies()).toEqual([])
  await reader.getByRole("link", { name: "All documents" }).click()
  await reader.getByRole("link", { name: "Rejoin", exact: true }).click()
  await reader.getByRole("link", { name: "docs/how-it-works.md" }).click()
  await expect(reader.getByRole("heading", { level: 1 })).toHaveText("How it works")
  await reader.getByRole("link", { name: "chats", exact: true }).click()
  await expect(reader.getByRole("heading", { level: 1 })).toHaveText("Chats")
  await stranger.close()
})

test("an unknown document's address is not found, however it is written", async ({ request }) => {
  const names = [
    "none",
    "how-it-works.md",
    "../package.json",
    "..%2fpackage.json",
    "%2e%2e/%2e%2e/etc/passwd",
    "decisions",
    "how",
  ]
  for (const name of [...names, "how-it-works/x", "%00", "..%5c.env", "readme%2f..%2f..%2f.env"]) {
    const response = await request.get(`/docs/${name}`)
    expect([name, response.status()]).toEqual([name, 404])
  }
})
