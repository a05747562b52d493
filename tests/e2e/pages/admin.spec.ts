/** The operator's page. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { openDatabase } from "#db/client.ts"
import { createAuth } from "#lib/auth/auth.ts"
import { loadConfig } from "#lib/config.ts"
import { startApp } from "#tests/support/servers/app-process.ts"
import { expectForEveryone, prepareAudit } from "../support/audit.ts"
import { answerIn, ask, expect, knownText, test, writeUntil } from "../support/world.ts"

const account = { email: "ops@example.org", password: "correct horse", name: "Ops" }

test("an operator sees running answers and stops them; for anyone else the page does not exist", async ({
  browser,
  model,
}) => {
  test.slow()
  model.answerWith(knownText)
  model.hold()
  const dataDir = await mkdtemp(path.join(tmpdir(), "rejoin-app-"))
  await makeAccount(dataDir)
  const environment = { OPENAI_BASE_URL: model.url, CHAT_MODELS: "test-model", ADMIN_EMAILS: account.email }
  const app = await startApp({ dataDir, environment })
  const [operator, asker] = [await browser.newPage({ baseURL: app.url }), await browser.newPage({ baseURL: app.url })]
  await asker.goto("/agent/assistant")
  await ask(asker, "A private question")
  await writeUntil(model, asker, "word5")
  const refused = await asker.goto("/admin/streams")
  expect(refused?.status()).toBe(404)
  await expect(asker.getByRole("heading", { name: "Page not found" })).toBeVisible()
  await expect(asker).toHaveTitle("Page not found · Rejoin")
  await asker.goBack()

  await prepareAudit(operator.context())
  const { email, password } = account
  await operator.request.post("/api/auth/sign-in/email", { data: { email, password }, headers: { origin: app.url } })
  expect((await operator.goto("/admin/streams"))?.status()).toBe(200)
  await expect(operator.getByTestId("report-state")).toHaveText("Live")
  const stream = operator.getByTestId("stream")
  await expect(stream).toHaveCount(1)
  await expect(stream).toContainText("guest")
  await expect(operator.locator("body")).not.toContainText("private")
  await expect(operator.getByRole("img", { name: /^Running here: 1 now/ })).toBeVisible({ timeout: 15_000 })

  await expectForEveryone(operator, "the operator's page")

  const stop = stream.getByTestId("stop-stream")
  await stop.click()
  await expect(stop).toHaveText("Really stop?")
  await stop.click()
  await expect(operator.getByTestId("no-streams")).toBeVisible()
  await expect(answerIn(asker)).toHaveAttribute("data-status", "stopped")
  model.release()
  await app.stop()
  await rm(dataDir, { recursive: true, maxRetries: 10 })
})

/** Signs up at a server that does not name the address yet: once named, it could not be signed up. */
async function makeAccount(dataDir: string): Promise<void> {
  const config = loadConfig({ DATA_DIR: dataDir })
  const { db, close } = await openDatabase({ database: config.database })
  const request = new Request("http://localhost/api/auth/sign-up/email", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(account),
  })
  expect((await createAuth({ db, config }).answer(request)).status).toBe(200)
  await close()
}
