import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { Page } from "@playwright/test"
import { answerIn, ask, awake, expect, test } from "../support/world.ts"

const longCode = Array.from({ length: 60 }, (_, index) => `const line${index + 1} = ${index + 1}`).join("\n")

/** Tries everything that a page can try by itself, within the HTML, at another host and at ours. */
function evilPage(host: string): string {
  const all = [host, ""].map(
    (to) => `
<meta http-equiv="refresh" content="0;url=${to}/api/health?from=refresh">
<link rel="stylesheet" href="${to}/api/health?from=link"><link rel="preconnect" href="${to}/">
<link rel="preload" as="image" href="${to}/api/health?from=preload">
<style>@import url(${to}/api/health?from=import); body { background: url(${to}/api/health?from=css) }</style>
<script>parent.document.title = "taken"; localStorage.taken = "yes"; fetch("${to}/api/health?from=script")</script>
<img src="${to}/api/health?from=img" onerror="parent.document.title = 'taken'">
<svg><image href="${to}/api/health?from=svg"/></svg><video src="${to}/api/health?from=video" autoplay></video>
<iframe src="${to}/api/health?from=frame"></iframe><object data="${to}/api/health?from=object"></object>
<a class="way" href="${to}/api/health?from=away">Away</a> <a class="way" target="_top" href="${to}/api/health?from=top">Top</a>
<a class="way" target="_blank" ping="${to}/api/health?from=ping" href="${to}/api/health?from=blank">Blank</a>
<form action="${to}/api/health?from=form"><button class="way" autofocus>Send</button></form>`,
  )
  return `<!doctype html><html><body onload="parent.document.title = 'taken'"><h1>Harmless</h1>${all.join("")}</body></html>`
}

/** Another host, which answers everything and records every request. */
async function otherHost() {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? "")
    response.end()
  })
  server.on("connection", () => asked.push("a connection"))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  return { url: `http://127.0.0.1:${port}`, asked, close: () => server.close() }
}

async function askFor(page: Page): Promise<void> {
  await page.goto("/agent/assistant")
  await ask(page, "Show me")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
}

test.beforeEach(({ model }) => model.release())

test("long code opens beside the conversation, which keeps its place, and Esc returns the focus", async ({
  page,
  model,
}) => {
  model.answerWith({ text: `Before it.\n\n\`\`\`ts\n${longCode}\n\`\`\`\n\n${"A few words after it. ".repeat(60)}` })
  await askFor(page)
  const open = page.getByTestId("open-code")
  await open.scrollIntoViewIfNeeded()
  const place = () =>
    page.evaluate(() => {
      const scroller = document.querySelector("[data-scroll]")
      const answer = document.querySelector('[data-testid="message-assistant"]')?.getBoundingClientRect()
      return { scrolled: scroller?.scrollTop, top: answer?.top, width: answer?.width, height: answer?.height }
    })
  const before = await place()
  await open.press("Enter")
  await expect(page.getByRole("dialog", { name: "ts" })).toBeVisible()
  await expect(page.getByTestId("panel-code")).toHaveText(longCode)
  expect(await place(), "no line of the conversation moved up or down").toEqual(before)
  await page.keyboard.press("Escape")
  await expect(page.getByTestId("panel")).toHaveCount(0)
  await expect(open).toBeFocused()
  expect(await place()).toEqual(before)
})

test("code still being written also grows in the panel", async ({ page, model }) => {
  model.answerWith({ text: `\`\`\`ts\n${longCode}\n\`\`\``, chunkChars: 100 })
  model.hold()
  await page.goto("/agent/assistant")
  await ask(page, "Show me")
  model.release(6)
  await page.getByTestId("open-code").click()
  await expect(page.getByTestId("panel-code")).toContainText("line15")
  await expect(page.getByTestId("panel-code")).not.toContainText("line60")
  model.release()
  await expect(page.getByTestId("panel-code")).toContainText("line60")
})

test("B58 B59 a page is shown on demand, without scripts, origin, requests or navigation", async ({ page, model }) => {
  const host = await otherHost()
  const answered: string[] = []
  page.context().on("response", (response) => answered.push(response.url()))
  const html = evilPage(host.url).replaceAll("\n\n", "\n")
  model.answerWith({ text: `\`\`\`html\n${html}\n\`\`\``, chunkChars: 200 })
  await askFor(page)
  await page.getByTestId("open-code").click()
  await expect(page.getByTestId("panel-code"), "its source comes first").toContainText("Harmless")
  await expect(page.getByTestId("panel-preview")).toHaveCount(0)
  await page.getByTestId("panel-shown").click()
  const preview = page.frameLocator('[data-testid="panel-preview"]')
  await expect(preview.getByRole("heading", { name: "Harmless" })).toBeVisible()
  await expect(page.getByTestId("panel-preview")).toHaveAttribute("sandbox", "")

  for (const way of await preview.locator(".way").all()) await way.click()
  expect(host.asked, "not so much as a connection").toEqual([])
  // A script that ran in it after all would find nothing.
  const frame = page.frames().find((each) => each !== page.mainFrame())
  const reach = await frame?.evaluate(async (other) => {
    const tried = (what: () => unknown) => {
      try {
        return `read ${what()}`
      } catch (error) {
        return (error as Error).name
      }
    }
    const fetched = await Promise.any([`${other}/fetched`, "/api/health?from=fetched"].map((url) => fetch(url))).then(
      () => "fetched",
      () => "refused",
    )
    location.href = `${other}/navigated`
    return [
      tried(() => document.cookie),
      tried(() => localStorage.length),
      tried(() => parent.document.title),
      fetched,
      origin,
    ]
  }, host.url)
  expect(reach).toEqual(["SecurityError", "SecurityError", "SecurityError", "refused", "null"])

  await expect(page.getByTestId("panel-preview"), "we are where we were").toBeVisible()
  expect(page.context().pages()).toHaveLength(1)
  expect(await page.title()).not.toContain("taken")
  expect(await page.evaluate(() => localStorage.getItem("taken"))).toBeNull()
  expect(answered.filter((url) => url.includes("from="))).toEqual([])
  // Opening a connection is as far as a browser goes before it checks the policy.
  expect(host.asked.filter((what) => what !== "a connection")).toEqual([])
  host.close()
  const policy = (await page.request.get("/agent/assistant")).headers()["content-security-policy"]
  expect(policy).toContain("frame-src 'none'")
})

test("an attached table and an attached text are shown as such, and can be copied and saved", async ({
  page,
  model,
}) => {
  model.answerWith("Thank you.")
  await page.goto("/agent/assistant")
  await awake(page)
  await expect(page.getByTestId("attach")).toBeVisible()
  await page.getByTestId("file-picker").setInputFiles([
    { name: "people.csv", mimeType: "text/csv", buffer: Buffer.from("name;city\nAda;London\nGrace;New York") },
    { name: "notes.md", mimeType: "text/markdown", buffer: Buffer.from("# Notes\n\n- one") },
  ])
  await expect(page.locator('[data-testid="attaching"][data-state="ready"]')).toHaveCount(2)
  await ask(page, "Read this")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await page.reload()
  await awake(page)

  await page.getByRole("button", { name: "people.csv" }).click()
  const panel = page.getByRole("dialog", { name: "people.csv" })
  await expect(panel.getByRole("columnheader")).toHaveText(["name", "city"])
  await expect(panel.getByRole("cell")).toHaveText(["Ada", "London", "Grace", "New York"])
  await page.getByTestId("panel-source").click()
  await expect(page.getByTestId("panel-code")).toHaveText("name;city\nAda;London\nGrace;New York")
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    panel.getByRole("button", { name: "Save as a file" }).click(),
  ])
  expect(saved.suggestedFilename()).toBe("people.csv")

  await page.getByRole("button", { name: "notes.md" }).click()
  await expect(
    page.getByRole("dialog", { name: "notes.md" }).getByRole("heading", { name: "Notes", exact: true }),
  ).toHaveCount(1)
})
