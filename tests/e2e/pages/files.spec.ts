import type { Page } from "@playwright/test"
import { answerIn, awake, expect, knownText, storedMessages, test } from "../support/world.ts"

test.beforeEach(({ model }) => {
  model.answerWith(knownText)
  model.release()
})

/** A red square of 64 by 64. */
const picture =
  "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAT0lEQVR42u3PQQkAAAgEsItz/VMYywi+hcEKLNO+FgEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQGBywLvDoEAVSaz4wAAAABJRU5ErkJggg=="

async function drop(page: Page): Promise<void> {
  const transfer = await page.evaluateHandle((base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    const dropped = new DataTransfer()
    dropped.items.add(new File([bytes], "square.png", { type: "image/png" }))
    return dropped
  }, picture)
  await expect(async () => {
    await page.getByTestId("chat").dispatchEvent("dragover", { dataTransfer: transfer })
    await expect(page.getByTestId("drop-target")).toBeVisible({ timeout: 500 })
  }).toPass()
  await page.getByTestId("chat").dispatchEvent("drop", { dataTransfer: transfer })
  await expect(page.getByTestId("drop-target")).toHaveCount(0)
}

test("a picture is dropped, sent and still there after a reload; no other user can load it", async ({
  page,
  browser,
  baseURL,
  model,
}) => {
  await page.goto("/agent/assistant")
  await awake(page)
  await expect(page.getByTestId("attach")).toBeVisible()
  await drop(page)
  await expect(page.getByTestId("attaching")).toHaveAttribute("data-state", "ready")
  await page.getByTestId("composer-input").fill("What is this?")
  await page.getByTestId("send").click()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(JSON.stringify(model.requests.at(-1)?.body.messages)).toContain(picture.slice(0, 60))

  const shown = page.getByTestId("message-user").locator("img")
  const width = () => shown.evaluate((image: HTMLImageElement) => image.naturalWidth)
  await expect.poll(width).toBeGreaterThan(0)
  await page.reload()
  await expect.poll(width).toBeGreaterThan(0)

  const file = (await storedMessages(page))[0]?.parts[0]
  const url = file?.type === "file" ? file.url : ""
  const mine = await page.request.get(url)
  expect(mine.status()).toBe(200)
  expect(mine.headers()["content-security-policy"]).toContain("sandbox")
  const other = await browser.newContext({ baseURL: baseURL ?? "" })
  await other.request.post("/api/auth/sign-in/anonymous", { data: {} })
  expect((await other.request.get(url)).status()).toBe(404)
  await other.close()
})

test("a file of an unknown kind says so where it was attached, and can be removed", async ({ page }) => {
  await page.goto("/agent/assistant")
  await awake(page)
  await page.getByTestId("file-picker").setInputFiles({
    name: "program.png",
    mimeType: "image/png",
    buffer: Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 0]),
  })
  await expect(page.getByTestId("attaching")).toHaveAttribute("data-state", "failed")
  await expect(page.getByText("can be attached")).toBeVisible()
  await page.getByRole("button", { name: "Remove program.png" }).click()
  await expect(page.getByTestId("attaching")).toHaveCount(0)
})

test("a failed upload can be retried, and is once the network returns", async ({ page, context, model }) => {
  const file = { name: "people.csv", mimeType: "text/csv", buffer: Buffer.from("name,city\nAda,London") }
  await page.goto("/agent/assistant")
  await expect(page.getByTestId("attach")).toBeVisible()
  await page.route("**/api/files", (route) => route.abort())
  await page.getByTestId("file-picker").setInputFiles(file)
  await page.getByRole("button", { name: "Retry uploading people.csv" }).press("Enter")
  await expect(page.getByTestId("composer-input")).toBeFocused()
  await expect(page.getByTestId("attaching")).toHaveAttribute("data-state", "failed")
  await page.unroute("**/api/files")
  await page.getByTestId("retry-attachment").click()
  await expect(page.getByTestId("attaching")).toHaveAttribute("data-state", "ready")

  await context.setOffline(true)
  await page.getByTestId("file-picker").setInputFiles({ ...file, name: "places.csv" })
  await expect(page.getByTestId("attaching").last()).toHaveAttribute("data-state", "failed")
  await context.setOffline(false)
  await expect(page.locator('[data-testid="attaching"][data-state="ready"]')).toHaveCount(2)
  await page.getByTestId("composer-input").fill("What is in them?")
  await page.getByTestId("send").click()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(JSON.stringify(model.requests.at(-1)?.body.messages)).toContain("places.csv")
})

test("an edited message keeps its files and pasted text, and so does its earlier version", async ({ page, model }) => {
  const pasted = `A pasted text.\n${"It goes on and on. ".repeat(300)}`
  await page.goto("/agent/assistant")
  await awake(page)
  await expect(page.getByTestId("attach")).toBeVisible()
  await page
    .getByTestId("file-picker")
    .setInputFiles({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from("name,city\nAda,London") })
  await page.getByTestId("composer-input").evaluate((input, text) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData("text/plain", text)
    input.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }))
  }, pasted)
  await expect(page.locator('[data-testid="attaching"][data-state="ready"]')).toHaveCount(2)
  await page.getByTestId("composer-input").fill("What is in them?")
  await page.getByTestId("send").click()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")

  await page.getByTestId("message-user").hover()
  await page.getByTestId("edit").click()
  await page.getByTestId("edit-input").fill("Who is in them?")
  await page.getByTestId("edit-input").press("Enter")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await expect(page.getByTestId("branches")).toHaveAccessibleName("Version 2 of 2")
  const told = JSON.stringify(model.requests.at(-1)?.body.messages)
  for (const what of ["Who is in them?", "Ada,London", "A pasted text."]) expect(told).toContain(what)

  for (const version of ["Who", "What"]) {
    const message = page.getByTestId("message-user")
    await expect(message).toContainText(`${version} is in them?`)
    await expect(message.getByTestId("attachment")).toHaveText("people.csv")
    await message.getByTestId("artifact").click()
    await expect(page.getByTestId("panel")).toContainText("A pasted text.")
    await page.keyboard.press("Escape")
    expect((await storedMessages(page))[0]?.metadata?.artifacts).toEqual([{ type: "DOCUMENT", content: pasted }])
    if (version === "Who") await page.getByRole("button", { name: "Previous version" }).click()
  }
})
