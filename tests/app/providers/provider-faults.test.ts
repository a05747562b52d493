/**
 * F41–F47: failures of a provider, over HTTP. Each leads to a clear sentence and a kept partial answer, and the next
 * try works.
 */
import { expect, onTestFinished, test } from "vitest"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { loadConfig } from "#lib/config.ts"
import { type ErrorCode, errorKinds } from "#lib/errors.ts"
import { modelRegistry } from "#lib/models/registry.ts"
import { freshService, type TestService } from "#tests/support/clients/service.ts"
import { freePort } from "#tests/support/databases/postgres.ts"
import { type Answer, type OpenAiServer, startOpenAiServer } from "#tests/support/providers/openai-server.ts"

const secret = "sk-test-0123456789abcdef"

interface Expected {
  code: ErrorCode
  /** the text that is kept */
  text: string
  /** how often the provider is asked */
  calls: number
}

const nothing = { text: "", calls: 1 }
const tried = { text: "", calls: 3 }
const begun = { text: "one two", calls: 1 }

const faults: [name: string, answer: Answer, expected: Expected][] = [
  ["F41 is busy", { fault: "rate-limited" }, { ...tried, code: "provider_rate_limited" }],
  [
    "F41 is busy for long",
    { fault: "rate-limited", retryAfterSeconds: 30 },
    { ...nothing, code: "provider_rate_limited" },
  ],
  ["F42 fails", { fault: "server-error" }, { ...tried, code: "provider_unavailable" }],
  ["F42 is overloaded", { fault: "overloaded" }, { ...tried, code: "provider_unavailable" }],
  ["F42 hangs up", { fault: "reset" }, { ...tried, code: "provider_unavailable" }],
  ["F42 does not know our key", { fault: "unauthorized" }, { ...nothing, code: "provider_refused" }],
  ["F42 finds the prompt too long", { fault: "too-long" }, { ...nothing, code: "provider_refused" }],
  ["F42 reports an error half-way", { fault: "error-chunk" }, { ...begun, code: "provider_unavailable" }],
  ["F44 breaks off", { fault: "socket-destroyed" }, { ...begun, code: "provider_truncated" }],
  ["F44 ends too early", { fault: "no-finish" }, { ...begun, code: "provider_truncated" }],
  ["F45 sends a page", { fault: "html" }, { ...nothing, code: "provider_bad_response" }],
  ["F45 sends other JSON", { fault: "wrong-json" }, { ...nothing, code: "provider_bad_response" }],
  ["F45 sends half a chunk", { fault: "malformed-chunk" }, { ...begun, code: "provider_bad_response" }],
  ["F45 sends another kind of chunk", { fault: "wrong-shape" }, { ...begun, code: "provider_bad_response" }],
]

test.each(faults)("a provider that %s", async (_, answer, expected) => {
  const { service, provider } = await answeredBy(answer)
  const { events, stored, retried } = await askTwice(service, () => provider.answerWith("all is well"))

  const { message } = errorKinds[expected.code]
  expect(events.at(-1)).toEqual({ type: "error", errorText: message })
  expect(textOf(stored)).toBe(expected.text)
  expect(stored?.metadata).toMatchObject({ status: "ERROR", error: { code: expected.code, message } })
  expect(JSON.stringify([events, stored])).not.toContain(secret)

  expect(retried).toBe("all is well")
  expect(provider.calls).toBe(expected.calls + 1)
  // A provider that said nothing is not paid; the second answer is.
  const charges = await service.charges()
  expect(charges).toHaveLength(expected.text === "" ? 1 : 2)
})

test.each([
  ["is not there", async () => `http://127.0.0.1:${await freePort()}/v1`],
  ["has no address", async () => "http://provider.invalid/v1"],
])("F42 a provider that %s ends the answer with an error", async (_, urlOf) => {
  const service = await serviceAsking(await urlOf())
  const { events, stored } = await askTwice(service)
  expect(events.at(-1)).toEqual({ type: "error", errorText: errorKinds.provider_unavailable.message })
  expect(stored?.metadata).toMatchObject({ status: "ERROR", error: { code: "provider_unavailable" } })
  expect(await service.charges()).toEqual([])
})

async function answeredBy(answer: Answer): Promise<{ service: TestService; provider: OpenAiServer }> {
  const provider = await startOpenAiServer({ answer: { errorText: `refused for ${secret}`, ...answer } })
  onTestFinished(() => provider.close())
  return { service: await serviceAsking(provider.url), provider }
}

function serviceAsking(url: string): Promise<TestService> {
  const models = modelRegistry(loadConfig({ OPENAI_BASE_URL: url, CHAT_MODELS: "m", OPENAI_API_KEY: secret }).models)
  return freshService({ model: models.get().model })
}

/** Asks, then regenerates the answer, as Retry does. */
async function askTwice(service: TestService, between: () => void = () => undefined) {
  const client = await service.guest()
  const answer = await client.post("hello")
  expect(answer.response.status).toBe(200)
  await answer.readAll()
  const stored = (await client.messages()).at(-1)
  between()
  const again = await client.post("", {
    message: undefined,
    trigger: "regenerate-message",
    messageId: stored?.id,
  })
  return { events: answer.events.map(({ chunk }) => chunk), stored, retried: await again.readAll() }
}

function textOf(message: ChatMessage | undefined): string {
  return message?.parts.map((part) => (part.type === "text" ? part.text : "")).join("") ?? ""
}
