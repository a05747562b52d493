/** Makes the README's moving picture of the demo from a production build: `npm run build && npm run recording`. */
import { chromium, type Page } from "@playwright/test"
import sharp from "sharp"
import { findOrInstall } from "#tests/support/debian.ts"
import { startApp } from "#tests/support/servers/app-process.ts"

const file = "docs/pictures/demo.webp"
const size = { width: 1120, height: 700 }
/** What took longer when it was recorded, on a slow machine, is shown faster. */
const longestFrameMs = 260
const shortestFrameMs = 80
const lastFrameMs = 3_000

const app = await startApp()
const browser = await chromium.launch({
  executablePath: findOrInstall("chromium", "chromium"),
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
})
const page = await browser.newPage({ baseURL: app.url, viewport: size })
await page.goto("/demo")
const question = chatIn(1).getByRole("button", { name: /long essay/ })
await question.waitFor()
const recording = record(page)
await question.click()
await wordsIn(1, 70)
await page.getByTestId("open-here-too").click()
await wordsIn(2, 100)
await button(1, "Drop its network").click()
await wordsIn(2, 160)
await button(1, "Bring it back").click()
await wordsIn(1, 185)
await button(2, "Reload").click()
await page.locator('[data-testid="step-break"][data-done="true"]').waitFor()
await wordsIn(2, 215)
const frames = await recording.stop()
await browser.close()
await app.stop()
await sharp(
  frames.map(({ picture }) => picture),
  { join: { animated: true } },
)
  .webp({ delay: frames.map(({ forMs }) => forMs), loop: 0, quality: 60, effort: 5, minSize: true, mixed: true })
  .toFile(file)
console.info(file)

function chatIn(view: number) {
  return page.getByTestId(`view-${view}`).locator("iframe").contentFrame()
}

function button(view: number, name: string) {
  return page.getByTestId(`view-${view}`).getByRole("button", { name })
}

async function wordsIn(view: number, count: number): Promise<void> {
  const shown = page.getByTestId(`view-${view}`).getByText(/^[\d,]+ words$/)
  while (Number.parseInt((await shown.textContent())?.replace(",", "") ?? "", 10) < count)
    await page.waitForTimeout(100)
}

interface Frame {
  picture: Buffer
  forMs: number
}

/** Takes one picture after the other until it is stopped; what did not change stays longer. */
function record(recorded: Page): { stop(): Promise<Frame[]> } {
  let isStopped = false
  const taking = take()

  async function take(): Promise<Frame[]> {
    const taken: Frame[] = []
    let last: Frame | undefined
    let takenAtMs = performance.now()
    for (;;) {
      const picture = await recorded.screenshot()
      const nowMs = performance.now()
      if (last) last.forMs += nowMs - takenAtMs
      takenAtMs = nowMs
      if (!last?.picture.equals(picture)) {
        last = { picture, forMs: 0 }
        taken.push(last)
      }
      if (isStopped) break
    }
    return taken.map((frame) => ({ ...frame, forMs: frame === last ? lastFrameMs : within(frame.forMs) }))
  }

  return {
    stop() {
      isStopped = true
      return taking
    },
  }
}

function within(forMs: number): number {
  return Math.round(Math.min(Math.max(forMs, shortestFrameMs), longestFrameMs))
}
