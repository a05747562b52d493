import { randomUUID } from "node:crypto"
import { expect, test } from "vitest"
import { questionsOf } from "#lib/models/demo/prompt.ts"
import { type Client, freshService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

/** Repeats its question, so that an answer reveals its prompt. */
const repeating = () => scripted((call) => `asked ${questionsOf(call.prompt).join(", ")}`)

test("an edited message is answered on a branch of its own, and the old version can be shown again", async () => {
  const model = repeating()
  const { guest } = await freshService({ model })
  const client = await guest()
  await (await client.post("one")).readAll()
  await (await client.post("two")).readAll()
  const edited = (await client.messages())[2]?.id ?? ""
  expect(await (await client.post("three", { messageId: edited })).readAll()).toBe("asked one, three")
  expect(await textsIn(client)).toEqual(["one", "asked one", "three", "asked one, three"])
  const metadata = (await client.messages())[2]?.metadata
  expect(metadata?.branches).toEqual({ ids: [edited, expect.any(String)], index: 1 })

  const switched = await show(client, edited)
  expect(switched.status).toBe(200)
  expect(((await switched.json()) as { messages: unknown }).messages).toEqual(await client.messages())
  expect(await textsIn(client)).toEqual(["one", "asked one", "two", "asked one, two"])
  expect(await (await client.follow()).readAll()).toBe("asked one, two")
  expect(await (await client.post("four")).readAll()).toBe("asked one, two, four")
})

test("regenerating an earlier answer begins a branch; what followed the old one can be shown again", async () => {
  const { guest, charges } = await freshService({ model: repeating() })
  const client = await guest()
  await (await client.post("one")).readAll()
  await (await client.post("two")).readAll()
  const before = await client.messages()
  const old = before[1]?.id ?? ""
  const anew = await client.post("", { message: undefined, trigger: "regenerate-message", messageId: old })
  expect(await anew.readAll()).toBe("asked one")
  expect(await textsIn(client)).toEqual(["one", "asked one"])
  expect((await client.messages())[1]?.metadata?.branches).toEqual({ ids: [old, expect.any(String)], index: 1 })

  await show(client, old)
  expect((await client.messages()).map(({ id }) => id)).toEqual(before.map(({ id }) => id))
  expect((await client.messages())[1]?.metadata?.branches?.index).toBe(0)
  expect(await (await client.post("three")).readAll()).toBe("asked one, two, three")
  expect(await charges()).toHaveLength(4)
})

test("sending a message again under its own id replaces nothing", async () => {
  const { guest } = await freshService({ model: repeating() })
  const client = await guest()
  const id = randomUUID()
  const message = { id, role: "user", parts: [{ type: "text", text: "once" }] }
  for (let time = 0; time < 2; time++)
    expect(await (await client.post("", { message, messageId: id })).readAll()).toBe("asked once")
  expect(await textsIn(client)).toEqual(["once", "asked once"])
})

test("a stock client's edit names the message that it replaces, and sends the list up to it", async () => {
  const { guest } = await freshService({ model: repeating() })
  const client = await guest()
  await (await client.post("one")).readAll()
  const edited = (await client.messages())[0]?.id
  const messages = [{ id: randomUUID(), role: "user", parts: [{ type: "text", text: "two" }] }]
  const answer = await client.post("", { message: undefined, messages, messageId: edited, trigger: "submit-message" })
  expect(await answer.readAll()).toBe("asked two")
  expect(await textsIn(client)).toEqual(["two", "asked two"])
})

test("B41 editing any message but one's own is refused with a clear error, and nothing changes", async () => {
  const model = repeating()
  const { guest, charges } = await freshService({ model })
  const client = await guest()
  await (await client.post("one")).readAll()
  const [question, answer] = await client.messages()
  const elsewhere = await guest()
  await (await elsewhere.post("mine")).readAll()
  const [foreign] = await elsewhere.messages()
  expect(await codeOf((await client.post("new", { messageId: answer?.id })).response)).toBe("400 message_not_editable")
  expect(await codeOf((await client.post("new", { messageId: foreign?.id })).response)).toBe("404 message_not_found")
  expect(await codeOf((await elsewhere.post("new", { id: client.chatId, messageId: question?.id })).response)).toBe(
    "404 chat_not_found",
  )
  expect(await codeOf((await client.post("new", { id: randomUUID(), messageId: question?.id })).response)).toBe(
    "404 chat_not_found",
  )
  expect(await client.messages()).toEqual([question, answer])
  expect(model.calls).toHaveLength(2)
  expect(await charges()).toHaveLength(2)
})

test("while an answer is written, branches can be neither begun nor switched", async () => {
  const model = scripted("a long answer", { held: true })
  const { guest } = await freshService({ model })
  const client = await guest()
  const running = await client.post("one")
  await running.readUntilChunk("start")
  const [question] = await client.messages()
  expect(await codeOf(await show(client, question?.id))).toBe("409 generation_running")
  expect(await codeOf((await client.post("two", { messageId: question?.id })).response)).toBe("409 generation_running")
  model.release()
  await running.readAll()
  expect(await codeOf(await show(client, question?.id))).toBe("200")
})

test("B3 B7 B12 B41 the address for branches refuses the same requests as every other one", async () => {
  const { guest } = await freshService({ model: repeating() })
  const client = await guest()
  await (await client.post("one")).readAll()
  const [question] = await client.messages()
  const stranger = Object.assign(await guest(), { chatId: client.chatId })
  expect(await codeOf(await show(stranger, question?.id))).toBe("404 chat_not_found")
  expect(await codeOf(await show(client, "nowhere"))).toBe("404 message_not_found")
  expect(await codeOf(await show(client, "not an id"))).toBe("400 invalid_request")
  expect(await codeOf(await show(client, undefined))).toBe("400 invalid_request")
  const foreign = { origin: "https://evil.example" }
  expect(await codeOf(await show(client, question?.id, foreign))).toBe("403 origin_not_allowed")
  const odd = Object.assign(await guest(), { chatId: "not-a-chat" })
  expect(await codeOf(await show(odd, question?.id))).toBe("400 invalid_chat_id")
})

function show(client: Client, messageId: string | undefined, headers: HeadersInit = {}): Promise<Response> {
  return client.request(`/api/chat/${client.chatId}/branch`, { method: "POST", json: { messageId }, headers })
}

async function textsIn(client: Client): Promise<string[]> {
  return (await client.messages()).map(({ parts }) =>
    parts.map((part) => (part.type === "text" ? part.text : "")).join(""),
  )
}

async function codeOf(response: Response): Promise<string> {
  const body = (await response.json()) as { error?: { code: string } }
  return [response.status, body.error?.code].filter(Boolean).join(" ")
}
