/** The header by which a client names a request: a repeated name is that same request, or is refused. */
import { randomUUID } from "node:crypto"
import { beforeEach, expect, test } from "vitest"
import { readingOf } from "#tests/support/clients/reading.ts"
import { expectRefusal } from "#tests/support/clients/refusal.ts"
import { type Client, freshService, type TestService } from "#tests/support/clients/service.ts"
import { scripted, type TestModel } from "#tests/support/providers/scripted-model.ts"

let service: TestService
let client: Client
let model: TestModel

beforeEach(async () => {
  model = scripted("an answer")
  service = await freshService({ model })
  client = await service.guest()
})

const asks = (words: string) => ({
  id: client.chatId,
  message: { id: randomUUID(), role: "user", parts: [{ type: "text", text: words }] },
})
const post = (key: string, json: unknown, from = client) =>
  from.request("/api/chat", { method: "POST", json, headers: { "idempotency-key": key } })
const answerTo = async (response: Response) => readingOf(response).readAll()

test("B38 a repeated key with the same request is the same turn; with another request it is refused and changes nothing", async () => {
  const request = asks("one")
  const first = await post("key", request)
  expect(await answerTo(first)).toBe("an answer")
  const spelledOtherwise = { message: { ...request.message, metadata: { sentAt: 5 } }, id: request.id.toUpperCase() }
  const again = await post("key", spelledOtherwise)
  expect(again.headers.get("x-stream-id")).toBe(first.headers.get("x-stream-id"))
  expect(await answerTo(again)).toBe("an answer")

  const others: object[] = [
    asks("two"),
    { ...request, message: { ...request.message, parts: [{ type: "text", text: "other words" }] } },
    { ...request, agent: "coder" },
    { ...asks("in another chat"), id: randomUUID() },
    { id: request.id, trigger: "regenerate-message" },
  ]
  for (const other of others) await expectRefusal(await post("key", other), 422, "idempotency_mismatch")
  expect(model.calls).toHaveLength(1)
  expect(await service.charges()).toHaveLength(1)
  expect(await client.messages()).toHaveLength(2)
  expect(await (await client.request("/api/chats")).json()).toMatchObject({ chats: [{ id: request.id }] })
})

test("B38 a request without ids happens once under its key: the answer is regenerated once", async () => {
  await answerTo(await post("first", asks("one")))
  const regenerate = { id: client.chatId, trigger: "regenerate-message" }
  const streams: (string | null)[] = []
  for (let time = 0; time < 3; time++) {
    const response = await post("again", regenerate)
    streams.push(response.headers.get("x-stream-id"))
    await answerTo(response)
  }
  expect(new Set(streams).size).toBe(1)
  expect(model.calls).toHaveLength(2)
})

test("B38 of two requests at once with one key, in two chats, one is answered", async () => {
  for (let round = 0; round < 10; round++) {
    const requests = [asks("here"), { ...asks("there"), id: randomUUID() }]
    const responses = await Promise.all(requests.map((request) => post(`round-${round}`, request)))
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 422])
    for (const response of responses) await (response.ok ? answerTo(response) : response.body?.cancel())
  }
  expect(model.calls).toHaveLength(10)
})

test("B38 keys of different users are independent, and a refused request frees its key", async () => {
  await answerTo(await post("key", asks("one")))
  const other = await service.guest()
  expect(await answerTo(await post("key", { ...asks("one"), id: other.chatId }, other))).toBe("an answer")
  await expectRefusal(await post("next", asks("")), 400, "empty_message")
  expect(await answerTo(await post("next", asks("two")))).toBe("an answer")
})

test.each([
  ["empty", ""],
  ["too long", "x".repeat(256)],
  ["with a space", "a key"],
  ["not ASCII", "schl\u00fcssel"],
])("B38 a key that is %s is refused", async (_, key) => {
  await expectRefusal(await post(key, asks("one")), 400, "invalid_request")
  expect(model.calls).toHaveLength(0)
})
