/**
 * Measures how smoothly the browser shows a long answer: 10,000 tokens with code and tables at 200 tokens a second,
 * then a reload of the whole. Prints the pauses between frames and the tasks that blocked the page. `npm run build &&
 * npx node bench/frames.ts`, on an otherwise idle machine.
 */
import { chromium, type Page } from "@playwright/test"
import { findOrInstall } from "#tests/support/debian.ts"
import { startOpenAiServer } from "#tests/support/providers/openai-server.ts"
import { startApp } from "#tests/support/servers/app-process.ts"

const tokens = Number(process.env["TOKENS"] ?? 10_000)
const paceMs = 5

const prose =
  "Words that say what is meant, with **some** of them `set` apart and a [link](https://example.org) between.\n\n"
const codeLines = "export const value = compute(1, 'two') // what it is for\n"
const rows = "| one | two words | 3 |\n"
const section = (number: number) =>
  [
    `## Part ${number}\n\n${prose.repeat(4)}`,
    `\`\`\`ts\n${codeLines.repeat(20)}\`\`\`\n\n`,
    `| a | b | c |\n| --- | --- | --- |\n${rows.repeat(15)}\n`,
    `- one\n- two\n  - three\n\n> ${prose}`,
  ].join("")

const words =
  Array.from({ length: 200 }, (_, index) => section(index))
    .join("")
    .match(/\s*\S+/g) ?? []
const model = await startOpenAiServer({ answer: words.slice(0, tokens).join(""), paceMs })
const app = await startApp({
  environment: { OPENAI_BASE_URL: model.url, CHAT_MODELS: "test-model", LOG_LEVEL: "silent" },
})
const browser = await chromium.launch({
  executablePath: findOrInstall("chromium", "chromium"),
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
})
const page = await browser.newPage({ baseURL: app.url, viewport: { width: 1280, height: 800 } })
await page.addInitScript(noteFrames)
await page.goto("/agent/assistant")
await page.getByTestId("composer-input").fill("A long one")
await page.getByTestId("send").click()
await page.getByTestId("message-assistant").waitFor()
await page.evaluate(noteFrames)
const isWhole = '[data-testid="message-assistant"][data-status="complete"]'
await page.locator(isWhole).waitFor({ timeout: 20 * 60_000 })
await report(page, `${tokens} tokens, as they are written`)
await page.reload()
await page.locator(isWhole).waitFor()
await page.locator("code span").first().waitFor()
await report(page, "a reload of the whole")
await browser.close()
await app.stop()
await model.close()

function noteFrames(): void {
  const noted = { gaps: [] as number[], tasks: [] as number[] }
  Object.assign(window, { noted })
  let last = performance.now()
  const frame = (now: number) => {
    if ((window as { noted?: unknown }).noted !== noted) return
    noted.gaps.push(now - last)
    last = now
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
  new PerformanceObserver((list) => noted.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
    type: "longtask",
  })
}

async function report(shown: Page, what: string): Promise<void> {
  const { gaps, tasks } = await shown.evaluate(
    () => (window as unknown as { noted: { gaps: number[]; tasks: number[] } }).noted,
  )
  const sorted = gaps.toSorted((one, other) => one - other)
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1)
  const late = gaps.filter((gap) => gap > 34).length
  console.info(
    `${what}: ${gaps.length} frames, a pause of ${at(0.5)} ms (p50), ${at(0.95)} (p95), ${at(0.99)} (p99), ${at(0.9999)} at most; ` +
      `${late} frames late by more than one; ${tasks.length} long tasks, ${Math.round(Math.max(0, ...tasks))} ms at most`,
  )
}
