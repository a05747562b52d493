/** Makes the pictures of the README from a production build, with the demo model: `npm run build && npm run pictures`. */
import { chromium, devices, type Page } from "@playwright/test"
import { startApp } from "#tests/support/app-process.ts"
import { findOrInstall } from "#tests/support/debian.ts"

const folder = "docs/pictures"
const question = "What happens to an answer when I reload the page?"

const app = await startApp()
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
  const context = await browser.newContext({ baseURL: app.url, ...options })
  const page = await context.newPage()
  await page.goto("/agent/assistant")
  await shoot(page, `${name}-empty`)
  await page.getByTestId("composer-input").fill(question)
  await page.getByTestId("send").click()
  await writtenUpTo(page, 450)
  await shoot(page, `${name}-before-reload`)
  await page.reload()
  await page.getByText("Reconnected – continuing stream…").waitFor()
  await writtenUpTo(page, 550)
  await shoot(page, `${name}-after-reload`)
  await page.locator('[data-testid="message-assistant"][data-status="complete"]').waitFor({ timeout: 120_000 })
  await shoot(page, `${name}-finished`)
  await context.close()
}
await browser.close()
await app.stop()

/** @param chars that can be seen: what is folded away does not count */
async function writtenUpTo(page: Page, chars: number): Promise<void> {
  await page.waitForFunction(
    (wanted) =>
      (document.querySelector<HTMLElement>('[data-testid="message-assistant"]')?.innerText.length ?? 0) > wanted,
    chars,
  )
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${folder}/${name}.png` })
  console.info(`${folder}/${name}.png`)
}
