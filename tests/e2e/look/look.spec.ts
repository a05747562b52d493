/** The page around the answers: scrolling, layers, printing and choices. */
import { execFileSync } from "node:child_process"
import type { Page } from "@playwright/test"
import { findOrInstall } from "#tests/support/debian.ts"
import { openDrawer, sharedLink } from "../support/on-show.ts"
import { answerIn, ask, awake, expect, knownText, test, withMotion, writeUntil } from "../support/world.ts"

const longAnswer = Array.from({ length: 60 }, (_, index) => `Paragraph ${index + 1} of an answer that is long.`).join(
  "\n\n",
)

test.use(withMotion)
test.beforeEach(() => test.slow())

test("L1 a message sent, edited or regenerated comes into view from far up, and its answer grows there", async ({
  page,
  model,
}) => {
  const asked = page.getByTestId("message-user").last()
  model.answerWith(longAnswer)
  model.release()
  await page.goto("/agent/assistant")
  await ask(page, "The first question")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")

  await scrollUp(page)
  model.answerWith(knownText)
  model.hold()
  await page.getByTestId("composer-input").fill("The second one\nof\nseveral\nlines")
  await page.keyboard.press("Enter")
  await expect(asked).toContainText("The second one")
  await expect(asked).toBeInViewport()
  await writeUntil(model, page, "word3")
  await expect(answerIn(page).getByText("word3")).toBeInViewport()
  await expect(asked).toBeInViewport()
  model.release()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")

  // An on-screen keyboard that opens or closes leaves the end in view.
  const whole = page.viewportSize() ?? { width: 1280, height: 800 }
  for (const height of [whole.height / 2, whole.height]) {
    await page.setViewportSize({ width: whole.width, height })
    await expect.poll(() => fromEnd(page)).toBeLessThan(3)
  }

  await scrollUp(page)
  model.answerWith(longAnswer)
  await page.getByTestId("edit").first().click()
  await page.getByTestId("edit-input").press("End")
  await page.getByTestId("edit-input").pressSequentially(", edited")
  await page.keyboard.press("Enter")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await expect.poll(() => fromEnd(page), "the answer was followed to its end").toBeLessThan(3)
  await scrollUp(page)
  await page.getByRole("button", { name: "Regenerate" }).press("Enter")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await expect.poll(() => fromEnd(page)).toBeLessThan(3)
})

test("L2 writing in a chat about to be deleted keeps it, even from another tab", async ({ page, context, model }) => {
  model.answerWith("An answer.")
  model.release()
  await page.goto("/agent/assistant")
  await ask(page, "To be deleted")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  const other = await context.newPage()
  await other.goto(page.url())
  await awake(other)
  await expect(other.getByTestId("chat-list-item")).toHaveCount(1)
  await remove(page)
  await expect(other.getByTestId("removed-chat")).toBeVisible()
  await ask(other, "No, wait")
  await expect(other.getByText("because you are writing in it")).toBeVisible()
  await expect(page.getByTestId("removed-chat")).toHaveCount(0)
  await remove(page)
  await page.getByTestId("composer-input").pressSequentially("And this")
  await expect(page.getByTestId("removed-chat")).toHaveCount(0)
  await expect(page.getByText("because you are writing in it")).toBeVisible()
  const kept = await page.request.get(`/api/chat/${page.url().split("/").at(-1)}/messages`)
  expect(((await kept.json()) as { messages: unknown[] }).messages).toHaveLength(4)
})

test("L3 L6 in a narrow window Esc closes the drawer, then stops; after a rotation the drawer covers nothing", async ({
  page,
  model,
}) => {
  model.answerWith(knownText)
  model.hold()
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto("/agent/assistant")
  await ask(page, "Count for me, please, as far as ever you can get with it")
  await writeUntil(model, page, "word2")
  await expectSignBesideTitle(page)
  await openDrawer(page)
  await page.getByTestId("chat-menu").click()
  await expect(page.getByRole("button", { name: "Rename", exact: true })).toBeVisible()
  for (const open of [page.getByRole("button", { name: "Rename", exact: true }), page.getByTestId("chat-search")]) {
    await page.keyboard.press("Escape")
    await expect(open).toBeHidden()
    await expect(page.getByTestId("stop")).toBeVisible()
  }
  await expect(page.getByTestId("open-sidebar")).toBeFocused()
  await openDrawer(page)
  await page.setViewportSize({ width: 844, height: 390 })
  await expect(page.locator(".sidebar:popover-open")).toHaveCount(0)
  const column = await page.locator(".sidebar").boundingBox()
  const answer = await answerIn(page).boundingBox()
  expect(answer?.x, "the list lies beside the answer").toBeGreaterThanOrEqual((column?.x ?? 0) + (column?.width ?? 0))
  await page.keyboard.press("Escape")
  await expect(answerIn(page)).toHaveAttribute("data-status", "stopped")
  model.release()
})

test("L10 a printed page has the whole conversation and nothing else, even in the dark theme", async ({
  page,
  model,
}) => {
  const code = `\`\`\`ts\nconst wide = "${"x".repeat(150)}END"\n\`\`\``
  model.answerWith({
    text: `${longAnswer}\n\n[A link](https://example.com/page)\n\n${code}\n\nThe last words.`,
    reasoning: "Hm.",
  })
  model.release()
  await page.emulateMedia({ colorScheme: "dark" })
  await page.goto("/agent/assistant")
  await ask(page, "What is printed?")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  const pages = await printed(page, "chat")
  const text = pages.join("\n").replace(/\s+/g, " ")
  expect(pages.length).toBeGreaterThan(1)
  for (const said of [
    "What is printed?",
    "Paragraph 1 ",
    "Paragraph 60 ",
    "https://example.com/page",
    "The last words.",
  ])
    expect(text).toContain(said)
  expect(text.replaceAll(" ", ""), "code is not cut").toContain(`${"x".repeat(150)}END`)
  for (const control of [
    "Search chats",
    "New chat",
    "You are a guest",
    "Thought",
    "Copy",
    "Retry",
    "test-model",
    "Skip to",
  ])
    expect(text).not.toContain(control)
  expect(text.match(/Paragraph 30 /g), "said once").toHaveLength(1)
  await page.emulateMedia({ media: "print", colorScheme: "dark" })
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toMatch(
    /rgb\(255, 255, 255\)|white/,
  )
  await page.emulateMedia({ media: null })

  await page.goto(await sharedLink(page, model))
  const shared = (await printed(page, "share")).join("\n")
  expect(shared).toContain("What will others see?")
  expect(shared).not.toContain("Start your own chat")
  await page.goto("/docs/how-it-works")
  expect(await printed(page, "docs")).not.toContain("All documents")
})

test("L11 a toast covers the header, not the conversation; a disabled button's label keeps its contrast", async ({
  page,
  context,
  model,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"])
  model.answerWith(longAnswer)
  model.release()
  await page.goto("/agent/assistant")
  await ask(page, "Something")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await page.keyboard.press("Alt+y")
  const note = page.getByText("The last answer was copied.")
  await expect(note).toBeVisible()
  const list = await page.locator("[data-scroll]").boundingBox()
  await expect
    .poll(async () => {
      const box = await note.boundingBox()
      return box && box.y >= 0 && box.y + box.height <= (list?.y ?? 0)
    })
    .toBe(true)
  await page.getByRole("button", { name: "Regenerate" }).press("Enter")
  await expect(page.getByTestId("branches")).toBeVisible()
  for (const step of await page.getByTestId("branches").getByRole("button").all())
    await expect(step).toHaveCSS("opacity", "1")
})

async function scrollUp(page: Page): Promise<void> {
  await page.locator("[data-scroll]").hover()
  // What comes into view is rendered and changes its height: a person keeps scrolling until nothing moves.
  await expect(async () => {
    await page.mouse.wheel(0, -100_000)
    expect(await page.locator("[data-scroll]").evaluate((list) => list.scrollTop)).toBe(0)
  }).toPass()
}

function fromEnd(page: Page): Promise<number> {
  return page.locator("[data-scroll]").evaluate((list) => list.scrollHeight - list.clientHeight - list.scrollTop)
}

async function remove(page: Page): Promise<void> {
  await page.getByTestId("chat-menu").click({ force: true })
  await page.getByRole("button", { name: "Delete", exact: true }).click()
  await expect(page.getByTestId("removed-chat")).toBeVisible()
}

/** The title ends, with its ellipsis, before the word begins. */
async function expectSignBesideTitle(page: Page): Promise<void> {
  const title = await page.locator("h1 span").boundingBox()
  const word = await page.getByTestId("connection").getByText("Writing").boundingBox()
  expect((title?.x ?? 0) + (title?.width ?? 0)).toBeLessThanOrEqual(word?.x ?? 0)
  expect(await page.locator("h1 span").evaluate((span) => span.scrollWidth > span.clientWidth)).toBe(true)
}

/** @returns the text of each page */
async function printed(page: Page, name: string): Promise<string[]> {
  const file = test.info().outputPath(`${name}.pdf`)
  await page.pdf({ path: file, format: "A4", preferCSSPageSize: false })
  const read = findOrInstall("pdftotext", "poppler-utils")
  const text = execFileSync(read, ["-layout", file, "-"], { encoding: "utf8" })
  return text.split("\f").filter((each) => each.trim() !== "")
}
