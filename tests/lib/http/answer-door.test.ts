import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { Agent, type IncomingMessage, request } from "node:http"
import { expect, onTestFinished, test, vi } from "vitest"
import { chat, user } from "#db/schema.ts"
import { answerAddress } from "#lib/http/answering/address.ts"
import { serveAnswer } from "#lib/http/answering/door.ts"
import { type Client, freshService, stranger } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { nodeServer } from "#tests/support/servers/node-server.ts"

const door = () => nodeServer((asked, response) => void serveAnswer(asked, response))

/** What a client sees of a response. The id is each request's own. */
async function seen(response: Response) {
  const { status, headers } = response
  const names = ["content-type", "cache-control", "x-stream-id", "x-resume", "x-accel-buffering", "set-cookie"]
  const body = (await response.text()).replace(/"requestId":"[^"]+"/, "")
  return { status, body, ...Object.fromEntries(names.map((name) => [name, headers.get(name)])) }
}

test.each<[string, (chatId: string) => string]>([
  ["a chat with a stored answer", (chatId) => `/api/chat?chatId=${chatId}`],
  ["a position in it", (chatId) => `/api/chat?chatId=${chatId}&after=1-2`],
  ["a stock client's address", (chatId) => `/api/chat/${chatId}/stream`],
  ["a chat that does not exist", () => `/api/chat?chatId=${randomUUID()}`],
  ["no chat", () => "/api/chat?other=1"],
  ["two chats", (chatId) => `/api/chat?chatId=${chatId}&chatId=${chatId}`],
  ["an id that is none", () => "/api/chat?chatId=1'--"],
  ["a stock address of no id", () => "/api/chat/nothing/stream"],
  ["a position that is none", (chatId) => `/api/chat?chatId=${chatId}&after=x`],
])("the door without Next answers as the route does: %s", async (_what, addressOf) => {
  const { guest } = await freshService({ model: scripted("all of it") })
  const [owner, other] = [await guest(), await guest()]
  await (await owner.post("hello")).readAll()
  const url = await door()
  const address = addressOf(owner.chatId)
  expect(answerAddress({ method: "GET", url: address })).toBeDefined()
  const forged = stranger(owner.cookie.replace(/(session_token=...)./, "$1~"))
  for (const client of [owner, other, stranger(), forged]) {
    const atDoor = await fetch(url + address, { headers: client.cookie ? { cookie: client.cookie } : {} })
    expect(await seen(atDoor)).toEqual(await seen(await client.request(address)))
  }
})

const hello = () => ({ id: randomUUID(), role: "user", parts: [{ type: "text", text: "hello" }] })
const asJson = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  body: JSON.stringify(body),
  headers: { "content-type": "application/json", ...headers },
})

test.each<[string, (chatId: string) => RequestInit]>([
  ["a message", (chatId) => asJson({ id: chatId, message: hello() })],
  ["no body", () => ({ method: "POST", headers: { "content-type": "application/json" } })],
  ["no type", () => ({ method: "POST", body: "{}" })],
  ["what is no JSON", () => ({ ...asJson({}), body: '{"id":' })],
  ["what is no UTF-8", () => ({ ...asJson({}), body: new Uint8Array([123, 255, 125]) })],
  ["a body too large", (chatId) => asJson({ id: chatId, message: hello(), more: "x".repeat(1_000_001) })],
  ["a body in an encoding", () => asJson({}, { "content-encoding": "gzip" })],
  ["no chat", () => asJson({ message: hello() })],
  ["another site's page", (chatId) => asJson({ id: chatId, message: hello() }, { origin: "https://evil.example" })],
  ["a long key", (chatId) => asJson({ id: chatId, message: hello() }, { "idempotency-key": "k".repeat(300) })],
])("the door without Next begins an answer as the route does: %s", async (_what, initOf) => {
  const { guest } = await freshService({ model: scripted("all of it") })
  const url = await door()
  expect(answerAddress({ method: "POST", url: "/api/chat" })).toBeDefined()
  const asker = await guest()
  const forged = stranger(asker.cookie.replace(/(session_token=...)./, "$1~"))
  for (const client of [asker, stranger(), forged]) {
    const [there, here] = [initOf(randomUUID()), initOf(randomUUID())]
    const headers = new Headers(there.headers)
    if (client.cookie) headers.set("cookie", client.cookie)
    const atDoor = await seen(await fetch(`${url}/api/chat`, { ...there, headers }))
    const atRoute = await seen(await client.request("/api/chat", here))
    expect(comparable(atDoor)).toEqual(comparable(atRoute))
  }
})

/** Each answer has ids and times of its own, and each server its address. */
function comparable(value: unknown): unknown {
  const own = /[0-9a-f]{8}-[0-9a-f-]{27}|(?<=id[\\"]+:[\\"]+)\w{16}|(?<=127\.0\.0\.1:|Ms[\\"]+:)\d+/g
  return JSON.parse(JSON.stringify(value).replace(own, "0"))
}

test("a client that leaves in the middle of its question begins nothing, and is no error of ours", async () => {
  const { guest, services } = await freshService({ model: scripted("none") })
  const { chatId, cookie } = await guest()
  const logged = vi.spyOn(services.logger, "error")
  const served = Promise.withResolvers<void>()
  const url = await nodeServer((asked, response) => void serveAnswer(asked, response).finally(served.resolve))
  const headers = { cookie, "content-type": "application/json", "content-length": "1000" }
  const asked = request(`${url}/api/chat`, { method: "POST", headers })
  asked.on("error", () => undefined) // it is destroyed
  asked.write(`{"id":"${chatId}"`)
  await expect.poll(() => asked.socket?.bytesWritten).toBeGreaterThan(0)
  asked.destroy()
  await served.promise
  expect(logged).not.toHaveBeenCalled()
  expect(await services.database.db.select().from(chat)).toEqual([])
})

test("a body that was refused unread does not hold up the next request of its connection", async () => {
  await freshService({ model: scripted("none") })
  const url = await door()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const send = async (type: string, body: string) => {
    const asked = request(`${url}/api/chat`, { method: "POST", agent, headers: { "content-type": type } }).end(body)
    const [response] = (await once(asked, "response")) as [IncomingMessage]
    response.resume()
    await once(response, "end")
    return response.statusCode
  }
  expect(await send("text/plain", "x".repeat(800_000))).toBe(415)
  expect(await send("application/json", "x".repeat(1_100_000))).toBe(413)
  expect(await send("application/json", "{}")).toBe(401)
})

test("a body that becomes too large as it arrives is told so", async () => {
  await freshService({ model: scripted("none") })
  const asked = request(`${await door()}/api/chat`, {
    method: "POST",
    headers: { "content-type": "application/json", "transfer-encoding": "chunked" },
  })
  asked.on("error", () => undefined) // the rest is refused
  for (let piece = 0; piece < 11; piece++) asked.write("x".repeat(100_000))
  const [response] = (await once(asked, "response")) as [IncomingMessage]
  expect([response.statusCode, response.headers.connection]).toEqual([413, "close"])
  asked.destroy()
})

test("a reader that leaves the door leaves its answer running", async () => {
  const model = scripted("one two three", { held: true })
  const { guest, services } = await freshService({ model })
  const { chatId, cookie, messages } = await guest()
  const leaving = new AbortController()
  const headers = { cookie, "content-type": "application/json" }
  const { signal } = leaving
  await fetch(`${await door()}/api/chat`, { ...asJson({ id: chatId, message: hello() }), headers, signal })
  leaving.abort()
  const readers = () => services.chat.relay.report()?.streams[0]?.readers
  await expect.poll(readers, { timeout: 30_000 }).toBe(0)
  model.release()
  await expect.poll(async () => (await messages()).at(-1)?.metadata?.status, { timeout: 30_000 }).toBe("COMPLETE")
})

test("the door counts requests against the same limit as the route", async () => {
  const { guest, services } = await freshService({
    model: scripted("none"),
    environment: { RATE_LIMIT_PER_MINUTE: "1" },
  })
  const { chatId, cookie, request } = await guest()
  const [owner] = await services.database.db.select().from(user)
  let lookups = 0
  while (
    await services.rateLimits.countLookup(owner?.id ?? "").then(
      () => true,
      () => false,
    )
  )
    lookups++
  expect(lookups).toBeGreaterThan(0)
  const address = `/api/chat?chatId=${chatId}`
  const atDoor = await fetch((await door()) + address, { headers: { cookie } })
  expect([atDoor.status, (await request(address)).status]).toEqual([429, 429])
  expect(atDoor.headers.has("retry-after")).toBe(true)
})

test("a reader at the door sees a running answer from its beginning, live", async () => {
  const model = scripted("one two three", { held: true })
  const { guest } = await freshService({ model })
  const client = await guest()
  const first = await client.post("count")
  await model.releaseUntil("one")
  await first.readUntil("one")
  const followed = await follow(client)
  expect(followed.headers).toMatchObject({
    "x-resume": "from-start",
    "x-content-type-options": "nosniff",
    "content-security-policy": expect.stringContaining("default-src 'none'"),
  })
  await followed.until(": caught-up")
  model.release()
  await followed.until("data: [DONE]")
  const deltas = [...followed.text().matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta)
  expect(deltas.join("")).toBe("one two three")
})

test.each([
  ["https", "max-age=31536000"],
  ["https,http", "max-age=31536000"],
  ["http", null],
  ["http, https", null],
  [undefined, null],
])("the door tells browsers to stay with https where a proxy said %o", async (proto, told) => {
  await freshService({ model: scripted("none") })
  const headers: HeadersInit = proto === undefined ? {} : { "x-forwarded-proto": proto }
  const response = await fetch(`${await door()}/api/chat?chatId=${randomUUID()}`, { headers })
  expect(response.headers.get("strict-transport-security")).toBe(told)
})

test("a reader that leaves the door gives its slot back", async () => {
  const model = scripted("one", { held: true })
  const { guest, services } = await freshService({ model })
  const client = await guest()
  const first = await client.post("count")
  const readers = () => services.chat.relay.report()?.streams[0]?.readers
  const before = readers() ?? 0
  const followed = await follow(client)
  await followed.until(": caught-up")
  expect(readers()).toBe(before + 1)
  followed.leave()
  await expect.poll(readers, { timeout: 30_000 }).toBe(before)
  model.release()
  await first.readAll()
})

test("other methods and spellings are left to Next", () => {
  const id = randomUUID()
  for (const url of [
    "/api/chat",
    "/api/chat/?chatId=1",
    `/api/chat/${id}/stream/`,
    `/api/chat/%2e/stream`,
    "/",
    "/api/chats?x",
  ])
    expect(answerAddress({ method: "GET", url })).toBeUndefined()
  for (const method of ["POST", "HEAD", "OPTIONS"])
    expect(answerAddress({ method, url: `/api/chat?chatId=${id}` })).toBeUndefined()
  for (const url of ["/api/chat/", `/api/chat/${id}/stream`, "/api/chat#x", "/api/chats"])
    expect(answerAddress({ method: "POST", url })).toBeUndefined()
})

async function follow({ chatId, cookie }: Client) {
  const asked = request(`${await door()}/api/chat?chatId=${chatId}`, { headers: { cookie } }).end()
  const { promise, resolve } = Promise.withResolvers<IncomingMessage>()
  asked.once("response", resolve)
  const response = await promise
  let text = ""
  response.setEncoding("utf8").on("data", (piece) => {
    text += piece
  })
  response.on("error", () => undefined) // it is left
  return {
    headers: response.headers,
    text: () => text,
    until: (words: string) => expect.poll(() => text, { timeout: 30_000 }).toContain(words),
    leave: () => response.destroy(),
  }
}
