/** What handlers really answer, against the document's schemas. */
import { randomUUID } from "node:crypto"
import { expect, test } from "vitest"
import { document, problemsOf } from "#tests/support/clients/described.ts"
import { feedReadingOf, readingOf } from "#tests/support/clients/reading.ts"
import { type Client, freshService, stranger, type TestService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

/** Asks. Every client of a test expects each response to be as it is described. */
function ask(client: Client, asked: string, init: Parameters<Client["request"]>[1] = {}): Promise<Response> {
  const [method = "", address = ""] = asked.split(" ")
  return client.request(address, { ...init, method })
}

async function askedOnce(environment: Record<string, string> = {}): Promise<TestService & { client: Client }> {
  const service = await freshService({ model: scripted("one two"), environment })
  const client = await service.guest()
  await (await client.post("count to two")).readAll()
  return { ...service, client }
}

test("chats, messages, links, exports and charges are as described", async () => {
  const { client } = await askedOnce()
  const chat = `/api/chat/${client.chatId}`
  const { messages } = await (await ask(client, `GET ${chat}/messages`)).json()
  await ask(client, `POST ${chat}/branch`, { json: { messageId: messages[0].id } })
  await ask(client, `PATCH ${chat}`, { json: { title: "Numbers" } })
  for (const method of ["POST", "GET", "DELETE"]) await ask(client, `${method} ${chat}/share`)
  for (const format of ["json", "markdown"]) await ask(client, `GET ${chat}/export?format=${format}`)
  for (const query of ["", "?search=two"]) {
    const listed = await (await ask(client, `GET /api/chats${query}`)).json()
    expect(listed.chats).toHaveLength(1)
  }
  expect((await (await ask(client, "GET /api/usage")).json()).charges).toHaveLength(1)
  await ask(client, `POST ${chat}/stop`)
  await ask(client, `DELETE ${chat}`)
})

test("every refusal of a stranger, and of what does not exist, is described", async () => {
  const { client } = await askedOnce({ METRICS_TOKEN: "a token of some length" })
  let refusals = 0
  for (const [address, methods] of Object.entries(document.paths))
    for (const method of Object.keys(methods))
      for (const asker of [stranger(), stranger("better-auth.session_token=forged"), client]) {
        const asked = `${method.toUpperCase()} ${address.replace(/\{\w+\}/g, () => randomUUID())}`
        const response = await ask(asker, asked, method === "get" || method === "head" ? {} : { json: {} })
        await response.body?.cancel()
        if (response.status >= 400) refusals += 1
      }
  expect(refusals).toBeGreaterThan(60)
})

test("the events of answers and of the user's feed are as described", async () => {
  const { client } = await askedOnce()
  const feed = feedReadingOf(await ask(client, "GET /api/events"))
  client.chatId = randomUUID()
  const answer = await client.post("again")
  await answer.readAll()
  const stored = readingOf(await ask(client, `GET /api/chat?chatId=${client.chatId}`))
  await stored.readAll()
  for (const { response, events } of [answer, stored]) {
    expect(await problemsIn(response, ["/api/chat", response === answer.response ? "post" : "get"], events)).toEqual([])
    expect(response.headers.get("x-stream-id")).not.toBeNull()
  }
  await ask(client, `PATCH /api/chat/${client.chatId}`, { json: { title: "Again" } })
  await ask(client, `DELETE /api/chat/${client.chatId}`)
  await feed.next({ type: "chat-deleted" })
  await feed.leave()
  const named = feed.events.map(({ type, ...data }) => ({ type, chunk: data }))
  expect(await problemsIn(feed.response, ["/api/events", "get"], named)).toEqual([])
  expect(new Set(named.map(({ type }) => type)).size).toBeGreaterThan(5)
})

test("files are as described", async () => {
  const { client } = await askedOnce()
  const uploaded = await ask(client, "POST /api/files", { body: "some text", headers: { "x-filename": "a.txt" } })
  const { url } = await uploaded.json()
  await (await ask(client, `GET ${url}`)).text()
  await ask(client, `DELETE ${url}`)
  await ask(client, `GET ${url}`)
  await ask(client, "POST /api/files", { body: "" })
})

test("sessions are as described", async () => {
  const { client, person } = await askedOnce()
  const account = { email: "ada@example.com", name: "Ada", password: "correct horse" }
  await ask(stranger(), "POST /api/auth/sign-in/anonymous", { json: {} })
  await ask(client, "POST /api/auth/sign-in/anonymous", { json: {} })
  await ask(stranger(), "POST /api/auth/sign-up/email", { json: account })
  await ask(stranger(), "POST /api/auth/sign-up/email", { json: account })
  await ask(stranger(), "POST /api/auth/sign-up/email", { json: { ...account, email: "nobody" } })
  await ask(stranger(), "POST /api/auth/sign-up/email", { json: { ...account, password: "short" } })
  await ask(stranger(), "POST /api/auth/sign-in/email", { json: account })
  await ask(stranger(), "POST /api/auth/sign-in/email", { json: { ...account, password: "wrong horse" } })
  for (const asker of [client, stranger(), await person("bob@example.com")])
    await ask(asker, "GET /api/auth/get-session")
  await ask(client, "POST /api/auth/sign-out", { json: {} })
})

test("what operators read is as described", async () => {
  const { services, person, client } = await askedOnce({ METRICS_TOKEN: "a token of some length" })
  const admin = await person("ada@example.org")
  services.config.adminEmails.push("ada@example.org")
  await ask(admin, "GET /api/openapi.json")
  for (const method of ["GET", "HEAD"]) await ask(admin, `${method} /api/health`)
  await ask(admin, "GET /api/metrics", { headers: { authorization: "Bearer a token of some length" } })
  await ask(admin, "GET /api/metrics")
  const { streamId } = (await (await client.request("/api/usage")).json()).charges[0]
  await ask(admin, `POST /api/admin/streams/${streamId}/stop`)
  await ask(admin, "GET /api/admin/streams")
  const events = feedReadingOf(await ask(admin, "GET /api/admin/streams", { headers: { accept: "text/event-stream" } }))
  const { type, ...report } = await events.next({ type: "report" })
  await events.leave()
  expect(await problemsIn(events.response, ["/api/admin/streams", "get"], [{ type: "report", chunk: report }])).toEqual(
    [],
  )
})

/** Checks events by the shapes that the document has for their names. */
async function problemsIn(
  response: Response,
  [address, method]: [string, string],
  events: { type?: string; chunk: object }[],
): Promise<string[]> {
  const shapes = document.paths[address]?.[method]?.responses[response.status]?.content?.["text/event-stream"]
  return events.flatMap(({ type = "message", chunk }) => {
    const shape = shapes?.["x-events"]?.[type]
    if (!shape) return [`${type} is not described`]
    const place = ["paths", address, method, "responses", "200", "content", "text/event-stream", "x-events", type]
    return problemsOf(chunk, ...place).map((problem) => `${type}: ${problem} in ${JSON.stringify(chunk)}`)
  })
}
