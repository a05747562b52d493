import { expect, onTestFinished, test } from "vitest"
import { buildServices } from "#lib/build-services.ts"
import { loadConfig } from "#lib/config.ts"
import { freshService, stranger } from "#tests/support/clients/service.ts"
import { freePort } from "#tests/support/databases/postgres.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

test("B66 the health check gives three words to anyone, signed in or not: no versions, no addresses", async () => {
  const { guest } = await freshService({ model: scripted("an answer") })
  for (const asker of [stranger(), await guest()]) {
    const response = await asker.request("/api/health?verbose=1", { headers: { authorization: "Bearer x" } })
    expect([response.status, await response.json()]).toEqual([200, { status: "ok", database: "ok", redis: "off" }])
    expect([...response.headers.keys()].sort()).toEqual(["cache-control", "content-type"])
  }
})

test("B66 the health check reports an outage in the same three words, without its cause or place", async () => {
  const nowhere = `127.0.0.1:${await freePort()}`
  const config = loadConfig({
    DATABASE_URL: `postgres://chat:hunter2@${nowhere}/chat`,
    REDIS_URL: `redis://:hunter2@${nowhere}`,
    BETTER_AUTH_SECRET: "a secret for tests, of 32 characters or more",
    LOG_LEVEL: "silent",
  })
  const services = await buildServices(config)
  onTestFinished(() => services.close())
  globalThis.rejoinServices = Promise.resolve(services)
  const response = await stranger().request("/api/health")
  const body = { status: "unavailable", database: "unavailable", redis: "unavailable" }
  expect([response.status, await response.json()]).toEqual([503, body])
})
