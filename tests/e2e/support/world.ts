/** The fixtures of every browser test: the production server, and a model that the test controls. */
import { type Browser, test as base, expect, type Frame, type LaunchOptions, type Page } from "@playwright/test"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { findOrInstall } from "#tests/support/debian.ts"
import { type OpenAiServer, startOpenAiServer } from "#tests/support/providers/openai-server.ts"
import { type AppProcess, startApp } from "#tests/support/servers/app-process.ts"

export { expect }

interface World {
  app: AppProcess
  model: OpenAiServer
  flagOff: AppProcess
  twoModels: AppProcess
  overSocket: AppProcess
}

interface Tools {
  /** Starts the full Chromium, because its headless shell lacks hidden tabs and pages kept in memory. */
  launchWhole(options?: LaunchOptions): Promise<Browser>
}

/** The server's start must not count against the time of the first test. */
const ofWorker = { scope: "worker", timeout: 120_000 } as const

export const test = base.extend<Tools, World>({
  async launchWhole({ playwright, launchOptions }, use) {
    const launched: Browser[] = []
    await use(async (options) => {
      const executablePath = findOrInstall("chromium", "chromium")
      const browser = await playwright.chromium.launch({ ...launchOptions, executablePath, ...options })
      launched.push(browser)
      return browser
    })
    await Promise.all(launched.map((browser) => browser.close()))
  },
  model: [
    // Playwright reads a fixture's dependencies from this pattern.
    // biome-ignore lint/correctness/noEmptyPattern: see above
    async ({}, use) => {
      const model = await startOpenAiServer()
      await use(model)
      await model.close()
    },
    { scope: "worker" },
  ],
  app: [async ({ model }, use) => withApp(model, {}, use), ofWorker],
  /** the same server with the feature switched off, and a Redis whose use would be noticed */
  flagOff: [
    async ({ model }, use) => withApp(model, { RESUMABLE_STREAMS: "0", REDIS_URL: "redis://127.0.0.1:1" }, use),
    ofWorker,
  ],
  /** the same server with two models on offer */
  twoModels: [async ({ model }, use) => withApp(model, { CHAT_MODELS: "test-model,other-model" }, use), ofWorker],
  /** the same server with its pages' answers over WebSockets */
  overSocket: [async ({ model }, use) => withApp(model, { CHAT_TRANSPORT: "websocket" }, use), ofWorker],
  baseURL: async ({ app }, use) => use(app.url),
})

async function withApp(
  model: OpenAiServer,
  environment: Record<string, string>,
  use: (app: AppProcess) => Promise<void>,
) {
  const own = { OPENAI_BASE_URL: model.url, CHAT_MODELS: "test-model" }
  // Idle connections would otherwise be kept for two minutes, and F33 counts those that are left.
  const app = await startApp({ environment: { ...own, KEEP_ALIVE_SECONDS: "5", ...environment } })
  await use(app)
  await app.stop()
}

/** For tests about motion: all other tests have browsers with reduced motion. */
export const withMotion = { contextOptions: { reducedMotion: "no-preference" } } as const

/** A text whose every word is different, so that a lost or doubled one shows. */
export const knownText = Array.from({ length: 40 }, (_, index) => `word${index + 1}`).join(" ")

/** Sends from the composer, as a person does, and waits until the message is shown. */
export async function ask(page: Page, question: string): Promise<void> {
  await page.getByTestId("composer-input").fill(question)
  await page.getByTestId("send").click()
  await expect(page.getByTestId("message-user").last()).toContainText(question)
}

/** Finds the answer to the last question; nothing until there is one. */
export const answerIn = (page: Page) =>
  page.locator("xpath=//*[@data-testid='message-assistant'][not(following::*[@data-testid='message-user'])]").last()

/**
 * Releases the model's words up to this one. The next words are released when the last ones are shown, or were
 * long on their way, so that the answer is hardly ahead of the page, however slow the machine.
 */
export async function writeUntil(
  model: OpenAiServer,
  page: Page,
  word: string,
  { wordsAtOnce = 1, looks = 50 } = {},
): Promise<void> {
  let shown = await answerText(page)
  while (!shown.includes(word)) {
    const before = shown
    model.release(wordsAtOnce)
    for (let look = 0; look < looks && shown === before; look++) {
      await page.waitForTimeout(10) // not a wait for a result: leaves the page room between words
      shown = await answerText(page)
    }
  }
}

/** Waits for hydration: React replays only clicks and keys from before it. */
export async function awake(view: Page | Frame): Promise<void> {
  await view.waitForFunction(() => Object.keys(document).some((key) => key.startsWith("__reactContainer$")))
}

export async function answerText(page: Page): Promise<string> {
  const answer = answerIn(page)
  return (await answer.count()) === 0 ? "" : ((await answer.textContent()) ?? "")
}

/** The stored messages, read with the page's own session. */
export async function storedMessages(page: Page): Promise<ChatMessage[]> {
  const chatId = page.url().split("/").at(-1)
  const response = await page.request.get(`/api/chat/${chatId}/messages`)
  return ((await response.json()) as { messages: ChatMessage[] }).messages
}
