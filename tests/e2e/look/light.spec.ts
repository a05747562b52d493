import type { Page, Response } from "@playwright/test"
import { answerIn, ask, expect, test } from "../support/world.ts"

/** Compressed, as the server sends it. */
const mostScriptBytes = 250_000

test("a new chat's page loads at most 250 kB of scripts, and an answer's renderer with the first question", async ({
  page,
  model,
}) => {
  model.answerWith("Some **bold** words.")
  model.release()
  const scripts = await countScripts(page)
  await page.goto("/agent/assistant")
  await scripts.settled()
  expect(scripts.bytes()).toBeLessThan(mostScriptBytes)
  expect(scripts.bytes(), "nothing is counted").toBeGreaterThan(100_000)

  const before = scripts.bytes()
  await ask(page, "Shortly, please")
  await expect(answerIn(page).locator("strong")).toHaveText("bold")
  expect(scripts.bytes()).toBeGreaterThan(before)
})

test("a stored answer is shown by the server's own HTML, without more scripts than an empty page", async ({
  page,
  model,
}) => {
  model.answerWith("# Title\n\nSome **bold** words.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |")
  model.release()
  const scripts = await countScripts(page)
  await page.goto("/agent/assistant")
  await ask(page, "A table, please")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  // Requests still on their way to this page do not count for the next one.
  await scripts.settled()

  const before = scripts.bytes()
  await page.reload()
  await expect(answerIn(page).locator("td").first()).toHaveText("1")
  await scripts.settled()
  expect(scripts.bytes() - before).toBeLessThan(mostScriptBytes)
  await expect(answerIn(page).locator("strong")).toHaveText("bold")
})

test("L13 the first page's scripts are compiled while they load, not when the page becomes usable", async ({
  page,
}) => {
  const scripts: Response[] = []
  page.on("response", (response) => {
    if (response.request().resourceType() === "script") scripts.push(response)
  })
  const { settled } = await countScripts(page)
  await page.goto("/agent/assistant")
  await settled()
  const first = await page
    .locator("script[src]")
    .evaluateAll((found) => found.map((script) => script.getAttribute("src")))
  const bodies = await Promise.all(
    scripts.filter((script) => first.includes(new URL(script.url()).pathname)).map((script) => script.text()),
  )
  expect(bodies.length).toBeGreaterThan(3)
  expect(bodies.filter((body) => !body.startsWith("//# allFunctionsCalledOnLoad\n"))).toEqual([])
})

interface Scripts {
  bytes(): number
  /** Resolves once the page is idle, has requested nothing more meanwhile, and has received everything. */
  settled(): Promise<void>
}

/** Counts the bytes from now on, with an empty cache. */
async function countScripts(page: Page): Promise<Scripts> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send("Network.enable")
  await devtools.send("Network.setCacheDisabled", { cacheDisabled: true })
  const asked = new Set<string>()
  const ended = new Set<string>()
  let bytes = 0
  devtools.on("Network.requestWillBeSent", ({ requestId, type }) => {
    if (type === "Script") asked.add(requestId)
  })
  devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    ended.add(requestId)
    if (asked.has(requestId)) bytes += encodedDataLength
  })
  devtools.on("Network.loadingFailed", ({ requestId }) => ended.add(requestId))
  const areAllHere = () => asked.isSubsetOf(ended)
  return {
    bytes: () => bytes,
    async settled() {
      await page.waitForLoadState("load")
      await expect(async () => {
        const before = asked.size
        // Background requests of a page begin once it is idle.
        await page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)))
        expect(areAllHere() && asked.size === before).toBe(true)
      }).toPass()
    },
  }
}
