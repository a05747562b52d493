/** D13: a busy provider says when it can be asked again, each in its own way. */
import { expect, onTestFinished, test } from "vitest"
import { loadConfig } from "#lib/config.ts"
import { modelRegistry } from "#lib/models/registry.ts"
import { type Client, freshService } from "#tests/support/clients/service.ts"
import { type Answer, type OpenAiServer, startOpenAiServer } from "#tests/support/providers/openai-server.ts"

const minutes = 60_000

test.each<[string, Record<string, string>, number]>([
  ["seconds", { "Retry-After": "60" }, minutes],
  ["minutes", { "Retry-After": "7m12s" }, 7 * minutes],
  ["a limit that comes back", { "x-ratelimit-reset-requests": "7m12s" }, 7 * minutes],
])("D13 a requested delay of more than 20 s, in %s, is reported and not waited for", async (_, headers, ms) => {
  const { client, provider, charges } = await askedOf(busy(headers))
  const answer = await client.post("hello")
  const beforeMs = Date.now()
  await answer.readAll()
  expect(provider.calls).toBe(1)
  const error = (await client.messages()).at(-1)?.metadata?.error
  expect(error?.code).toBe("provider_rate_limited")
  // Asked a moment before the clock was read.
  expect(Date.parse(error?.retryAt ?? "")).toBeGreaterThan(beforeMs - minutes / 2 + ms)
  expect(answer.events.at(-2)?.chunk).toMatchObject({ messageMetadata: { status: "ERROR", error } })
  expect(await charges()).toEqual([])

  provider.answerWith("all is well")
  expect(await (await client.post("and now?")).readAll()).toBe("all is well")
  expect((await client.messages()).at(-1)?.metadata?.error).toBeUndefined()
})

test("D13 the requested delay is respected, even when it is given only in milliseconds", async () => {
  const { client, provider } = await askedOf(busy({ "retry-after-ms": "30", "Retry-After": "7" }))
  const answer = await client.post("hello")
  await provider.called(1)
  provider.answerWith("all is well")
  expect(await answer.readAll()).toBe("all is well")
  expect(provider.calls).toBe(2)
})

test("D13 a stop ends the wait at once", async () => {
  const { client, provider } = await askedOf(busy({ "Retry-After": "19" }))
  const answer = await client.post("hello")
  await provider.called()
  for (const request of provider.requests) await provider.ended(request)
  expect(await (await client.stop()).json()).toEqual({ stopped: true })
  await answer.readAll()
  expect((await client.messages()).at(-1)?.metadata?.status).toBe("STOPPED")
  expect(provider.calls).toBe(1)
})

function busy(headers: Record<string, string>): Answer {
  return { refusal: { status: 429, body: { error: { message: "Slow down." } }, headers } }
}

async function askedOf(answer: Answer): Promise<{
  client: Client
  provider: OpenAiServer
  charges: () => Promise<unknown[]>
}> {
  const provider = await startOpenAiServer({ answer })
  onTestFinished(() => provider.close())
  const models = modelRegistry(loadConfig({ OPENAI_BASE_URL: provider.url, CHAT_MODELS: "m" }).models)
  const { guest, charges } = await freshService({ model: models.get().model })
  return { client: await guest(), provider, charges }
}
