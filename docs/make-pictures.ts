/** Makes the pictures of the README and of each main state from a production build: `npm run build && npm run pictures`. */
import { chromium, devices, type Page } from "@playwright/test"
import { findOrInstall } from "#tests/support/debian.ts"
import { shell } from "#tests/support/goose/provider-reply.ts"
import { startGoose } from "#tests/support/goose/start-goose.ts"
import { startOpenAiServer } from "#tests/support/providers/openai-server.ts"
import { startApp } from "#tests/support/servers/app-process.ts"

const folder = "docs/pictures"
const question = "What happens to an answer when I reload the page?"
const text = `An answer belongs to the server that writes it, not to the page that shows it.

1. The question and an empty answer are stored before the model is asked.
2. What it says is saved as it grows, and carried to whoever follows.
3. A page that loses its connection comes back with its position, and gets what it missed.

${"So nothing is lost, and nothing is there twice. ".repeat(40)}`

const noTools = { status: 400, body: { error: { message: "registry.example/gemma3:4b does not support tools" } } }

const [app, model] = await Promise.all([startApp(), startOpenAiServer({ paceMs: 25 })])
const browser = await chromium.launch({
  executablePath: findOrInstall("chromium", "chromium"),
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
})
const phone = devices["Pixel 7"]
for (const [name, options] of [
  ["desktop", { viewport: { width: 1280, height: 800 } }],
  ["desktop-dark", { viewport: { width: 1280, height: 800 }, colorScheme: "dark" }],
  ["phone", { ...phone, viewport: { width: 390, height: 844 } }],
] as const) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  await shootAnAnswer(page, name)
  await shootATool(page, name)
  await shootFailures(page, name)
  await shootDialects(page, name)
  if (name !== "desktop-dark") await shootAnAgent(page, name)
  await context.close()
}
await browser.close()
await Promise.all([app.stop(), model.close()])

async function shootAnAnswer(page: Page, name: string): Promise<void> {
  await page.goto(`${app.url}/agent/assistant`)
  await shoot(page, `${name}-empty`)
  await ask(page, question)
  await writtenUpTo(page, 450)
  await shoot(page, `${name}-before-reload`)
  await page.reload()
  await page.getByText("Reconnected – continuing stream…").waitFor()
  await writtenUpTo(page, 550)
  await shoot(page, `${name}-after-reload`)
  await endedAs(page, "complete")
  await shoot(page, `${name}-finished`)
}

async function shootATool(page: Page, name: string): Promise<void> {
  await page.goto(`${app.url}/agent/assistant`)
  await ask(page, "What time is it in Tokyo?")
  await endedAs(page, "complete")
  // Up to where it was asked, as a person does: else the page stays at its newest end.
  await page.mouse.move(320, 400)
  await page.mouse.wheel(0, -100_000)
  await page.getByTestId("message-user").waitFor()
  await page.locator("summary").filter({ hasText: "Current time" }).click()
  await shoot(page, `${name}-tool`)
}

/** Its own server, which dies in the end: a provider that breaks off, then a connection that is lost. */
async function shootFailures(page: Page, name: string): Promise<void> {
  const dying = await startApp({ environment: { OPENAI_BASE_URL: model.url, CHAT_MODELS: "demo" } })
  model.answerWith({ text, fault: "error-chunk", faultAfterWords: 30 })
  await page.goto(`${dying.url}/agent/assistant`)
  // A first visit is painted before its fonts are there, and stays as it is.
  await page.reload()
  await ask(page, question)
  await endedAs(page, "error")
  await shoot(page, `${name}-error`)
  model.answerWith(text)
  await page.getByTestId("retry").click()
  await writtenUpTo(page, 500)
  await dying.stop("SIGKILL")
  await page.locator('[data-state="reconnecting"]').first().waitFor()
  await shoot(page, `${name}-reconnecting`)
}

/** What models and servers say in ways of their own: a thought among the words, no tools, code words in a sentence. */
async function shootDialects(page: Page, name: string): Promise<void> {
  const answering = await startApp({ environment: { OPENAI_BASE_URL: model.url, CHAT_MODELS: "gemma3:4b" } })
  const wordsOnly = "Use **kwargs to pass them on, and name the field _id. What `def f(*args)` takes is a **tuple**."
  model.answerWith({ text: `<think>\nThe user asks about arguments. I will be brief.\n</think>\n\n${wordsOnly}` })
  await page.goto(`${answering.url}/agent/assistant`)
  await page.reload()
  await ask(page, "How do I pass keyword arguments on?")
  await endedAs(page, "complete")
  await shoot(page, `${name}-thought-folded`)
  model.answerWith(({ body }) => (body["tools"] ? { refusal: noTools } : wordsOnly))
  await page.goto(`${answering.url}/agent/assistant`)
  await ask(page, "And without any tools?")
  await endedAs(page, "complete")
  await page.getByTestId("answer-notes").waitFor()
  await shoot(page, `${name}-without-tools`)
  await answering.stop()
}

/** Goose, the one that GOOSE_PROGRAM names with `-- real-goose`, else the fake: it thinks, asks to run a command, and runs it. */
async function shootAnAgent(page: Page, name: string): Promise<void> {
  const goose = await startGoose({ kind: process.argv.includes("real-goose") ? "real" : "fake", paceMs: 20 })
  const { secret, workDir } = goose
  const environment = { GOOSE_ACP_URL: `${goose.url}/acp`, GOOSE_SECRET: secret, GOOSE_WORK_DIR: workDir }
  const served = await startApp({ environment })
  const command = 'for n in $(seq 1 30); do echo "ok $n - a test that passes"; sleep 0.3; done'
  goose.provider.replyWith(
    {
      thoughts: "They want to know whether the tests pass. I should run them and look.",
      text: "I will run the tests.",
      calls: [shell(command)],
    },
    { text: "All 30 tests pass. Nothing had to be changed." },
  )
  await page.goto(`${served.url}/agent/goose`)
  await page.reload()
  await ask(page, "Do the tests pass?")
  await page.getByTestId("approval").waitFor({ timeout: 120_000 })
  await endedAs(page, "complete")
  await shoot(page, `${name}-agent-asks`)
  await page.getByTestId("approve").click()
  await page.locator("summary").filter({ hasText: "Shell" }).click()
  await page.getByTestId("command-output").filter({ hasText: "ok 14 " }).waitFor({ timeout: 120_000 })
  await shoot(page, `${name}-agent-runs`)
  await page.getByTestId("message-assistant").getByText("Nothing had to be changed.").waitFor({ timeout: 120_000 })
  await endedAs(page, "complete")
  await page.locator("summary").filter({ hasText: "Thought" }).click()
  await shoot(page, `${name}-agent-done`)
  await served.stop()
  await goose.stop()
}

async function ask(page: Page, words: string): Promise<void> {
  await page.getByTestId("composer-input").fill(words)
  await page.getByTestId("send").click()
}

async function endedAs(page: Page, status: string): Promise<void> {
  await page.locator(`[data-testid="message-assistant"][data-status="${status}"]`).waitFor({ timeout: 120_000 })
}

/** @param chars that can be seen: what is folded away does not count */
async function writtenUpTo(page: Page, chars: number): Promise<void> {
  await page.waitForFunction(
    (wanted) =>
      (document.querySelector<HTMLElement>('[data-testid="message-assistant"]')?.innerText.length ?? 0) > wanted,
    chars,
  )
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0)
  await page.screenshot({ path: `${folder}/${name}.png` })
  console.info(`${folder}/${name}.png`)
}
