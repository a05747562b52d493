/** D9, U2–U4: whatever failed before, a strict server accepts the next question and all later ones. */
import { randomUUID } from "node:crypto"
import { afterAll, beforeAll, expect, test } from "vitest"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { loadConfig } from "#lib/config.ts"
import { modelRegistry } from "#lib/models/registry.ts"
import { type Client, freshService } from "#tests/support/clients/service.ts"
import {
  type Answer,
  type OpenAiServer,
  type RecordedRequest,
  startOpenAiServer,
} from "#tests/support/providers/openai-server.ts"
import { refuses } from "#tests/support/providers/refusing-servers.ts"

let server: OpenAiServer
beforeAll(async () => {
  server = await startOpenAiServer()
})
afterAll(() => server.close())

/** The failure of the first request; later the server answers well-shaped requests and refuses all others. */
function failing(first: Answer) {
  let calls = 0
  server.answerWith((request: RecordedRequest): Answer => {
    calls += 1
    if (calls === 1) return first
    const refusal = refuses("strict-template", request.body)
    return refusal ? { refusal } : { text: "all is well" }
  })
}

const refused = { refusal: { status: 400, body: { error: { message: "The prompt is too long" } } } }

test.each<[name: string, first: Answer, status: string]>([
  ["D9 U2 an error before the first word", refused, "ERROR"],
  ["U2 an empty answer", { text: "" }, "COMPLETE"],
  ["U2 an answer that a filter held back", { text: "", finishReason: "content_filter" }, "COMPLETE"],
  [
    "U3 a thought that was as long as an answer may get",
    { text: "", reasoning: "hm", finishReason: "length" },
    "COMPLETE",
  ],
  ["U3 two line breaks", { text: "\n\n", chunkChars: 2 }, "COMPLETE"],
  ["U4 a call with half an object", call('{"expression": "2+3'), "COMPLETE"],
  ["U4 a call with a text", call('"2+3"'), "COMPLETE"],
  ["U4 a call with a list", call('["2+3"]'), "COMPLETE"],
  ["U4 a call with a number", call("5"), "COMPLETE"],
  ["U4 a call with null", call("null"), "COMPLETE"],
  ["U4 a call of a tool whose name is none", { toolCall: { name: "functions.look<|x|>", arguments: {} } }, "COMPLETE"],
])("%s: the next questions are answered", async (_, first, status) => {
  const client = await guestOf(await service())
  failing(first)
  await (await client.post("first")).readAll()
  expect((await client.messages()).at(-1)?.metadata?.status).toBe(status)
  for (const question of ["second", "third"]) {
    expect(await (await client.post(question)).readAll()).toBe("all is well")
    const answer = (await client.messages()).at(-1)
    expect(answer?.metadata?.status).toBe("COMPLETE")
  }
  expect(server.requests.at(-1)?.question).toBe("third")
})

test("U4 a malformed call is sent back as an object with its error, in the same answer and in later ones", async () => {
  const client = await guestOf(await service())
  failing(call('["2+3"]'))
  await (await client.post("first")).readAll()
  await (await client.post("second")).readAll()
  for (const { body } of server.requests.slice(-2)) {
    const index = body.messages.findIndex((message) => message["tool_calls"])
    expect(body.messages[index]?.["tool_calls"]).toMatchObject([{ function: { name: "calculate", arguments: "{}" } }])
    expect(body.messages[index + 1]).toMatchObject({ role: "tool", content: expect.stringMatching(/invalid|fail/i) })
  }
})

test("U2 U3 after a stop during a thought and a branch the prompt alternates, and nothing is charged twice", async () => {
  const { charges, guest } = await service()
  const client = await guestOf({ guest })
  server.hold()
  server.answerWith({ reasoning: "I wonder what this might be", text: "never said" })
  const answer = await client.post("first")
  server.release(2)
  await answer.readUntilChunk("reasoning-delta")
  await client.stop()
  await answer.readAll()
  server.release()
  server.answerWith(strict)
  expect(await (await client.post("second")).readAll()).toBe("all is well")
  const [, stopped] = await client.messages()
  expect(stopped?.metadata?.status).toBe("STOPPED")
  expect(contentsOf(server.requests.at(-1))).toEqual(["user: first\n\nsecond"])
  const second = (await client.messages()).at(-2)
  const branch = { id: randomUUID(), role: "user", parts: [{ type: "text", text: "otherwise" }] }
  expect(await (await client.post("", { message: branch, messageId: second?.id })).readAll()).toBe("all is well")
  expect(contentsOf(server.requests.at(-1))).toEqual(["user: first\n\notherwise"])
  expect((await charges()).length).toBeLessThanOrEqual(3)
})

test("U3 continuing an answer of white space only starts it from the beginning", async () => {
  const client = await guestOf(await service())
  failing({ text: "\n\n", chunkChars: 2, finishReason: "length" })
  await (await client.post("first")).readAll()
  const cut = (await client.messages()).at(-1)
  const asked = { message: undefined, trigger: "continue-message", messageId: cut?.id }
  await (await client.post("", asked)).readAll()
  expect(textOf((await client.messages()).at(-1))).toContain("all is well")
  expect(server.requests.at(-1)?.question).toBe("first")
})

test("U2 a server that requires alternating roles accepts the question after an answer that ended with a tool", async () => {
  const client = await guestOf(await service())
  let calls = 0
  server.answerWith((request) => {
    calls += 1
    if (calls === 1) return { toolCall: { name: "calculate", arguments: { expression: "2+3" } } }
    return calls === 2 ? refused : strict(request)
  })
  await (await client.post("first")).readAll()
  expect(await (await client.post("second")).readAll()).toBe("all is well")
})

function strict({ body }: RecordedRequest): Answer {
  const refusal = refuses("strict-template", body)
  return refusal ? { refusal } : { text: "all is well" }
}

function call(text: string): Answer {
  return { toolCall: { name: "calculate", arguments: text } }
}

/** With the registry that the service itself builds. */
function service() {
  const { models } = loadConfig({ OPENAI_BASE_URL: server.url, CHAT_MODELS: "m" })
  return freshService({ model: modelRegistry(models).get().model })
}

const guestOf = ({ guest }: { guest(): Promise<Client> }) => guest()

function contentsOf(request: RecordedRequest | undefined): string[] {
  return (request?.body.messages ?? [])
    .filter(({ role }) => role !== "system")
    .map(
      ({ role, content }) =>
        `${role}: ${Array.isArray(content) ? content.map(({ text }) => text).join("\n\n") : content}`,
    )
}

function textOf(message: ChatMessage | undefined): string {
  return message?.parts.map((part) => (part.type === "text" ? part.text : "")).join("") ?? ""
}
