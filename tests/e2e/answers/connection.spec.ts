/** Connections that are lost, held back by a proxy, or closed for a hidden tab. */

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import type { Page } from "@playwright/test"
import { sql } from "drizzle-orm"
import { openDatabase } from "#db/client.ts"
import { chatStream } from "#db/schema.ts"
import { freePort } from "#tests/support/databases/postgres.ts"
import { startApp } from "#tests/support/servers/app-process.ts"
import { textOf } from "#tests/support/text-of.ts"
import { expectGrowth, noteShownWords, shownWordsIn } from "../support/shown-words.ts"
import { answerIn, answerText, ask, expect, knownText, storedMessages, test, writeUntil } from "../support/world.ts"

test.beforeEach(({ model }) => {
  model.answerWith(knownText)
  model.hold()
})

const longText = Array.from({ length: 300 }, (_, index) => `word${index + 1}`).join(" ")

/** Acts like a proxy that passes a response on once it has all of it, so a stream shows nothing before its end. */
async function bufferStreams(page: Page): Promise<() => Promise<void>> {
  const isStream = (url: URL) => url.pathname === "/api/chat"
  await page.route(isStream, async (route) => {
    const response = await route.fetch().catch(() => undefined)
    await (response ? route.fulfill({ response }) : route.abort()).catch(() => undefined) // the page has given it up
  })
  return () => page.unroute(isStream)
}

test("F28 behind a buffering proxy the stored answer is seen to grow, and then the stream when it comes through", async ({
  page,
  model,
}) => {
  const callsBefore = model.calls
  model.answerWith(longText)
  await page.addInitScript(noteShownWords)
  await page.clock.install()
  const passStreams = await bufferStreams(page)
  await page.goto("/agent/assistant")
  await ask(page, "Say it through a narrow pipe")
  await model.called(callsBefore + 1)
  await expect(page.getByTestId("skeleton")).toBeVisible()
  await page.clock.fastForward(21_000)
  await expect(page.getByTestId("connection")).toHaveAttribute("data-state", "reconnecting")
  for (const words of [100, 200]) {
    model.release(100)
    await expect.poll(async () => textOf((await storedMessages(page)).at(-1)).length).toBeGreaterThan(words * 5)
    await expect(async () => {
      await page.clock.fastForward(2_000)
      expect(await answerText(page)).toContain(`word${words - 50}`)
    }).toPass()
    await expect(page.getByTestId("stop")).toBeVisible()
    await expect(page.getByTestId("connection")).toHaveAttribute("data-state", "reconnecting")
  }

  await passStreams()
  await expect(async () => {
    await page.clock.fastForward(15_000)
    await expect(page.getByTestId("connection")).toHaveAttribute("data-state", "live", { timeout: 8_000 })
  }).toPass()
  await writeUntil(model, page, "word203")
  model.release()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await expect(page.getByTestId("connection")).toHaveAttribute("data-state", "idle")
  expect(await answerText(page)).toContain(longText)
  expectGrowth(await shownWordsIn(page))
})

test("F28 an answer that ends while its streams are held back is still complete", async ({ page, model }) => {
  const callsBefore = model.calls
  await page.addInitScript(noteShownWords)
  await page.clock.install()
  await bufferStreams(page)
  await page.goto("/agent/assistant")
  await ask(page, "Be done before I hear you")
  await model.called(callsBefore + 1)
  await expect(page.getByTestId("skeleton")).toBeVisible()
  await page.clock.fastForward(21_000)
  await expect(page.getByTestId("connection")).toHaveAttribute("data-state", "reconnecting")
  model.release()
  await expect(async () => {
    await page.clock.fastForward(2_000)
    await expect(answerIn(page)).toHaveAttribute("data-status", "complete", { timeout: 5_000 })
  }).toPass()
  expect(await answerText(page)).toContain(knownText)
  await expect(page.getByTestId("connection")).toHaveAttribute("data-state", "idle")
  await expect(page.getByTestId("message-user")).toHaveCount(1)
  expect(model.calls - callsBefore).toBe(1)
  expectGrowth(await shownWordsIn(page))
})

test("F54 an answer that ended while the tab was offline appears when the network returns", async ({
  page,
  context,
  model,
}) => {
  await page.goto("/agent/assistant")
  await ask(page, "Go on without me")
  await writeUntil(model, page, "word5")
  await context.setOffline(true)
  await expect(page.getByTestId("connection")).toHaveAttribute("data-state", "offline")
  const request = model.requests.at(-1)
  model.release()
  if (request) await model.ended(request)
  await context.setOffline(false)
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(await answerText(page)).toContain(knownText)
  await expect(page.getByTestId("connection")).toHaveAttribute("data-state", "idle")
  await expect(page.getByTestId("problem")).toHaveCount(0)
})

test("F54 a message sent offline waits, and is asked once when the network returns", async ({
  page,
  context,
  model,
}) => {
  model.release()
  const callsBefore = model.calls
  await page.goto("/agent/assistant")
  await context.setOffline(true)
  await ask(page, "From the mountains")
  await expect(page.getByTestId("message-user")).toHaveText(/From the mountains/)
  await expect(page.getByTestId("connection")).toHaveAttribute("data-state", "offline")
  await expect(page.getByTestId("unsent")).toHaveText(/Not sent yet/)
  await expect(page, "nothing is being written").toHaveTitle("From the mountains · Rejoin")
  await expect(page.getByTestId("skeleton")).toHaveCount(0)
  await expect(page.getByTestId("problem")).toHaveCount(0)
  await context.setOffline(false)
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await expect(page.getByTestId("unsent")).toHaveCount(0)
  expect(await answerText(page)).toContain(knownText)
  await expect(page.getByTestId("message-user")).toHaveCount(1)
  expect(model.calls - callsBefore).toBe(1)
})

test("F54 a message waiting offline is asked once, even if its page is reloaded when the network returns", async ({
  page,
  context,
  model,
}) => {
  model.release()
  const callsBefore = model.calls
  await page.goto("/agent/assistant")
  await context.setOffline(true)
  await ask(page, "From the tunnel")
  await expect(page.getByTestId("unsent")).toBeVisible()
  await page.reload().catch(() => undefined) // there is no page without a network
  await context.setOffline(false)
  await page.reload()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await expect(page.getByTestId("message-user")).toHaveText(["From the tunnel"])
  expect(model.calls - callsBefore).toBe(1)
})

test("F54 a waiting message that is stopped is not sent when the network returns, but by Retry, once", async ({
  page,
  context,
  model,
}) => {
  model.release()
  const callsBefore = model.calls
  await page.goto("/agent/assistant")
  await context.setOffline(true)
  await ask(page, "Perhaps not")
  await expect(page.getByTestId("unsent")).toBeVisible()
  await page.getByTestId("stop").click()
  await expect(page.getByTestId("problem")).toContainText("Not sent.")
  await expect(page.getByTestId("unsent")).toHaveCount(0)
  await expect(page.getByTestId("stop")).toHaveCount(0)
  await context.setOffline(false)
  await expect(page.getByTestId("connection")).toHaveAttribute("data-state", "idle")
  // The user is a guest by now, so an automatic sending would follow at once.
  await expect.poll(async () => (await page.request.get("/api/chats")).status()).toBe(200)
  expect(await (await page.request.get("/api/chats")).json()).toMatchObject({ chats: [] })
  await expect(page.getByTestId("problem")).toContainText("Not sent.")
  expect(model.calls - callsBefore).toBe(0)

  await page.getByTestId("retry").click()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await expect(page.getByTestId("message-user")).toHaveText(["Perhaps not"])
  expect(model.calls - callsBefore).toBe(1)
})

test("a stop that cannot reach the server says so, and can be pressed again", async ({ page, context, model }) => {
  await page.goto("/agent/assistant")
  await ask(page, "Go on and on")
  await writeUntil(model, page, "word3")
  await context.setOffline(true)
  await page.getByTestId("stop").click()
  await expect(page.getByTestId("problem")).toContainText("the answer is still being written")
  await expect(page.getByTestId("problem").getByTestId("retry")).toHaveCount(0)
  await context.setOffline(false)
  await page.getByTestId("stop").click()
  await expect(answerIn(page)).toHaveAttribute("data-status", "stopped")
})

test("F1 the page says that another server has taken over, and its tab's title that an answer is being written", async ({
  browser,
  model,
}) => {
  test.slow()
  const dataDir = await mkdtemp(path.join(tmpdir(), "rejoin-app-"))
  const environment = { OPENAI_BASE_URL: model.url, CHAT_MODELS: "test-model", PORT: String(await freePort()) }
  const app = await startApp({ dataDir, environment })
  const page = await browser.newPage({ baseURL: app.url })
  await page.goto("/agent/assistant")
  await ask(page, "Outlive your server")
  await writeUntil(model, page, "word5")
  await expect(page).toHaveTitle("● Outlive your server · Rejoin")
  await app.stop("SIGKILL")
  await expect(page.getByTestId("connection")).toHaveAttribute("data-state", "reconnecting")
  // A reader that returns before the lease expires follows the stored text to its end, whoever the producer is.
  await endLeases(dataDir)
  const next = await startApp({ dataDir, environment })
  await expect(page.getByTestId("connection")).toHaveAttribute("data-state", "taken-over")
  await expect(page.getByTestId("connection")).toHaveText("Another server took over")
  model.release()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await expect(page.getByTestId("connection")).toHaveAttribute("data-state", "idle")
  await expect(page).toHaveTitle("Outlive your server · Rejoin")
  await page.close()
  await next.stop()
  await rm(dataDir, { recursive: true, maxRetries: 10 })
})

/** Lets leases run out in the database of a server that is dead, as time does. */
async function endLeases(dataDir: string): Promise<void> {
  const database = await openDatabase({ database: { kind: "pglite", folder: path.join(dataDir, "database") } })
  await database.db.update(chatStream).set({ leaseExpiresAt: sql`now()` })
  await database.close()
}

test("F54 a page restored from the browser's memory by the back button resumes at its position", async ({
  launchWhole,
  baseURL,
  model,
}) => {
  const browser = await launchWhole({ ignoreDefaultArgs: ["--disable-back-forward-cache"] })
  const page = await browser.newPage({ baseURL: baseURL ?? "" })
  // Chromium keeps no page in memory whose server forbids it, as Next does; Safari does so anyway.
  await page.route(
    (url) => !url.pathname.startsWith("/api/"),
    async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, headers: { ...response.headers(), "cache-control": "no-cache" } })
    },
  )
  await page.addInitScript(noteShownWords)
  await page.goto("/agent/assistant")
  await ask(page, "Wait for me")
  await writeUntil(model, page, "word5")
  await page.evaluate(() => {
    window.addEventListener("pageshow", ({ persisted }) => Object.assign(window, { isOutOfMemory: persisted }))
  })
  await page.goto("/sign-in")
  model.release(10)
  // Playwright would wait forever for a navigation that loads nothing.
  await page.evaluate(() => window.history.back())
  await expect.poll(() => page.evaluate("window.isOutOfMemory").catch(() => undefined)).toBe(true)
  await expect(answerIn(page)).toContainText("word15")
  await expect(page.getByTestId("connection")).toHaveAttribute("data-state", "live")
  model.release()
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  expect(await answerText(page)).toContain(knownText)
  expectGrowth(await shownWordsIn(page))
  // The icon may still be on its way through the handler.
  await page.unrouteAll({ behavior: "ignoreErrors" })
})
