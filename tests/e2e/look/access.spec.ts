/** For everyone: each page and state in light and dark, at a desk and on a phone (this file runs in both projects). */
import { expectForEveryone, prepareAudit } from "../support/audit.ts"
import { markdown, openDrawer, sharedLink } from "../support/on-show.ts"
import { answerIn, ask, expect, test } from "../support/world.ts"

test.beforeEach(async ({ context }) => {
  test.slow()
  await prepareAudit(context)
})

test("a chat is accessible while it is empty, waiting, being written and complete", async ({
  page,
  model,
  isMobile,
}) => {
  model.answerWith(markdown)
  model.hold()
  await page.goto("/agent/assistant")
  await expectForEveryone(page, "empty")
  const calls = model.calls
  await ask(page, "What is there?")
  await model.called(calls + 1)
  await expect(page.getByTestId("skeleton")).toBeVisible()
  await expectForEveryone(page, "waiting")
  model.release(12)
  await expect(answerIn(page)).toContainText("weight")
  await expectForEveryone(page, "being written")
  model.release()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await expectForEveryone(page, "whole")
  await page.getByTestId("edit").click()
  await expectForEveryone(page, "edited")
  await page.getByTestId("edit-input").press("Escape")

  await openDrawer(page)
  await page.getByTestId("chat-menu").click()
  await expectForEveryone(page, "a chat's menu")
  await page.getByRole("button", { name: "Share", exact: true }).click()
  await expect(page.getByTestId("create-link")).toBeVisible()
  await expectForEveryone(page, "sharing")
  await page.keyboard.press("Escape")
  await openDrawer(page)
  await page.getByTestId("theme").click()
  await expectForEveryone(page, "choosing a theme")
  await page.keyboard.press("Escape")
  await openDrawer(page)
  await page.getByTestId("chat-search").fill("What is")
  await expect(page.getByTestId("snippet")).toBeVisible()
  await expectForEveryone(page, "search")
  await page.getByTestId("chat-search").fill("nowhere to be found")
  await expect(page.getByText("No chat contains this")).toBeVisible()
  await expectForEveryone(page, "search without a hit")
  if (isMobile) return
  await page.getByTestId("shortcuts").click()
  await expect(page.getByRole("dialog")).toBeVisible()
  await expectForEveryone(page, "the list of shortcuts")
})

test("a chat is accessible with a tool's result, a waiting call and a broken-off answer", async ({ page, model }) => {
  model.release()
  model.answerWith({ text: "That is 42.", toolCall: { name: "calculate", arguments: { expression: "6*7" } } })
  await page.goto("/agent/assistant")
  await ask(page, "What is six times seven?")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await page.locator("summary").filter({ hasText: "Calculate" }).click()
  await expect(page.getByText("Output", { exact: true })).toBeVisible()
  await expectForEveryone(page, "a tool's row, open")

  model.answerWith({ text: "Done.", toolCall: { name: "rename_chat", arguments: { title: "Numbers" } } })
  await ask(page, "Give this another name")
  await expect(page.getByTestId("approval")).toBeVisible()
  await expectForEveryone(page, "approval")
  await page.getByTestId("deny").click()
  await expect(page.getByTestId("approval")).toHaveCount(0)
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")

  model.answerWith({ text: "This breaks off here", fault: "socket-destroyed", faultAfterWords: 3 })
  await ask(page, "Break off")
  await expect(page.getByTestId("retry")).toBeVisible()
  await expectForEveryone(page, "broken off")
  await page.context().setOffline(true)
  await ask(page, "Is anybody there?")
  await expect(page.getByTestId("unsent")).toBeVisible()
  await expectForEveryone(page, "offline")
})

test("the panel beside a chat is accessible", async ({ page, model }) => {
  model.answerWith("```csv\nname,city\nAda,London\n```")
  model.release()
  await page.goto("/agent/assistant")
  await ask(page, "A table")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await expectForEveryone(page, "code that can be opened")
  await page.getByTestId("open-code").click()
  await expect(page.getByRole("cell").first()).toBeVisible()
  await expectForEveryone(page, "the panel")
})

test("every other page is accessible", async ({ page, model }) => {
  const link = await sharedLink(page, model)
  for (const address of [
    link,
    "/usage",
    "/docs",
    "/docs/how-it-works",
    "/sign-in",
    "/agent/nobody",
    `/share/${"x".repeat(32)}`,
    "/demo",
  ]) {
    await page.goto(address)
    await expect(page.getByRole("heading").first()).toBeVisible()
    await expectForEveryone(page, address)
  }
  await page.goto("/sign-in")
  await page.getByRole("button", { name: "New here? Create an account" }).click()
  await expectForEveryone(page, "a new account")
})
