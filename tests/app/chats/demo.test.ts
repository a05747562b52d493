import { describe, expect, test } from "vitest"
import { type Client, freshService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { useRedis } from "#tests/support/relays/two-processes.ts"

const redis = useRedis()
const restart = (client: Client, init: RequestInit = {}) =>
  client.request("/api/demo/restart-store", { method: "POST", ...init })

describe.each(["memory", "redis"])("with the store %s", (store) => {
  test("neither the first reader nor a later one notices that the demo restarts the server", async () => {
    const model = scripted("one two three four", { held: true })
    const environment: Record<string, string> = store === "redis" ? { REDIS_URL: redis().url } : {}
    const { guest, services } = await freshService({ model, environment })
    const client = await guest()
    const first = await client.post("count to four")
    const streamId = first.response.headers.get("x-stream-id") ?? ""
    await model.releaseUntil("two")
    await first.readUntil("two")
    const follower = await client.follow()
    expect(await (await restart(client)).json()).toEqual({ restarted: store })
    model.release()
    for (const reader of [first, follower]) expect(await reader.readAll()).toBe("one two three four")
    // The log holds the whole stream again, from its first event.
    await expect
      .poll(async () => (await services.chat.relay.readLog(streamId).catch(() => undefined))?.map(({ id }) => id))
      .toEqual(first.events.map(({ id }) => id))
  })
})

test("the address does not exist in production, nor without a session", async () => {
  const { guest } = await freshService({ model: scripted("one"), environment: { NODE_ENV: "production" } })
  const refused = await restart(await guest())
  const unknown = await (await guest()).request("/api/no/such/address", { method: "POST" })
  const known = (await unknown.json()) as { error: object }
  expect([refused.status, unknown.status]).toEqual([404, 404])
  expect(await refused.json()).toEqual({ error: { ...known.error, requestId: expect.any(String) } })
})

test("neither a page of another site nor a stranger can restart it", async () => {
  const { guest } = await freshService({ model: scripted("one") })
  const client = await guest()
  expect((await restart(client, { headers: { origin: "https://evil.example" } })).status).toBe(403)
  expect((await restart(client.withoutCookie("better-auth.session_token"))).status).toBe(401)
})
