/** The operator's page. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { startApp } from "#tests/support/app-process.ts"
import { answerIn, ask, expect, knownText, test, writeUntil } from "./world.ts"

const account = { email: "ops@example.org", password: "correct horse", name: "Ops" }

test("an operator sees what runs and stops it; to anybody else the page is like an unknown one", async ({
  browser,
  model,
}) => {
  test.slow()
  model.answerWith(knownText)
  model.hold()
  const dataDir = await mkdtemp(path.join(tmpdir(), "rejoin-app-"))
  const environment = { OPENAI_BASE_URL: model.url, CHAT_MODELS: "test-model" }
  const before = await startApp({ dataDir, environment })
  const signUp = await browser.newContext({ baseURL: before.url })
  const made = await signUp.request.post("/api/auth/sign-up/email", { data: account, headers: { origin: before.url } })
  expect(made.status()).toBe(200)
  await before.stop()

  const app = await startApp({ dataDir, environment: { ...environment, ADMIN_EMAILS: account.email } })
  const [operator, asker] = [await browser.newPage({ baseURL: app.url }), await browser.newPage({ baseURL: app.url })]
  await asker.goto("/agent/assistant")
  await ask(asker, "A private question")
  await writeUntil(model, asker, "word5")
  const refused = await asker.goto("/admin/streams")
  expect(refused?.status()).toBe(404)
  await expect(asker.getByRole("heading", { name: "There is nothing here" })).toBeVisible()
  expect(await asker.title()).toBe("There is nothing here · Rejoin")
  await asker.goBack()

  const { email, password } = account
  await operator.request.post("/api/auth/sign-in/email", { data: { email, password }, headers: { origin: app.url } })
  expect((await operator.goto("/admin/streams"))?.status()).toBe(200)
  await expect(operator.getByTestId("report-state")).toHaveText("Live")
  const stream = operator.getByTestId("stream")
  await expect(stream).toHaveCount(1)
  await expect(stream).toContainText("guest")
  await expect(operator.locator("body")).not.toContainText("private")
  await expect(operator.getByRole("img", { name: /^Running here: 1 now/ })).toBeVisible({ timeout: 15_000 })

  const stop = stream.getByTestId("stop-stream")
  await stop.click()
  await expect(stop).toHaveText("Really stop?")
  await stop.click()
  await expect(operator.getByTestId("no-streams")).toBeVisible()
  await expect(answerIn(asker)).toHaveAttribute("data-status", "stopped")
  model.release()
  await app.stop()
  await rm(dataDir, { recursive: true })
})
