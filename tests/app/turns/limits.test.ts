import { randomUUID } from "node:crypto"
import { expect, test, vi } from "vitest"
import { message } from "#db/schema.ts"
import type { Services } from "#lib/services.ts"
import type { FeedReading } from "#tests/support/clients/reading.ts"
import { type Client, freshService } from "#tests/support/clients/service.ts"
import { neverAnswers, scripted } from "#tests/support/providers/scripted-model.ts"
import { twoProcesses, useRedis } from "#tests/support/relays/two-processes.ts"

const redis = useRedis()
const limits = { RATE_LIMIT_PER_MINUTE: "1000" }

/** The guest's session with another chat. */
function inNewChat(client: Client): Client {
  return Object.assign(client.withoutCookie("none"), { chatId: randomUUID() })
}

async function expectRefusal(response: Response, code: string): Promise<void> {
  expect([response.status, await response.json()]).toMatchObject([429, { error: { code, retryable: true } }])
  expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0)
}

test("B6 a client that guesses ids is refused at every address that takes one, and other clients are not", async () => {
  const { guest, services } = await freshService({
    model: neverAnswers(),
    environment: { ...limits, RATE_LIMIT_PER_MINUTE: "5" },
  })
  const client = await guest()
  await client.post("hello")
  const { user } = (await (await client.request("/api/auth/get-session")).json()) as { user: { id: string } }
  const tenTabs = 10 * (60 / 2 + 60 / 4)
  for (let count = 0; count < tenTabs; count++) await services.rateLimits.countLookup(user.id)

  const guess = () => client.stop({ streamId: randomUUID() })
  let guesses = 0
  for (let response = await guess(); response.status === 404; response = await guess()) guesses += 1
  expect(tenTabs + guesses).toBe(600)
  const chat = `/api/chat/${randomUUID()}`
  const addresses = [
    ["GET", `/api/chat?chatId=${randomUUID()}`],
    ["GET", `${chat}/stream`],
    ["GET", `${chat}/messages`],
    ["GET", `${chat}/export?format=json`],
    ["GET", `${chat}/share`],
    ["POST", `${chat}/stop`],
    ["POST", `${chat}/branch`],
    ["PATCH", chat],
    ["DELETE", chat],
  ] as const
  for (const [method, address] of addresses) {
    const json = method === "POST" || method === "PATCH" ? {} : undefined
    await expectRefusal(await client.request(address, { method, json }), "rate_limited")
  }
  const other = await guest()
  other.chatId = client.chatId
  expect((await other.stop({ streamId: randomUUID() })).status).toBe(404)
})

test("B43 a user can have twenty answers written at once and no more, however fast they are requested", async () => {
  const model = neverAnswers()
  const { guest } = await freshService({ model, environment: limits })
  const client = await guest()
  const chats = Array.from({ length: 25 }, () => inNewChat(client))
  const answers = await Promise.all(chats.map((chat) => chat.post("hello")))
  const refused = answers.filter(({ response }) => response.status !== 200)
  expect(refused).toHaveLength(5)
  for (const { response } of refused) await expectRefusal(response, "too_many_streams")
  expect(await chatsOf(client)).toHaveLength(20)
  const other = await guest()
  expect((await other.post("hello")).response.status).toBe(200)

  await chats.find((_, index) => answers[index]?.response.status === 200)?.stop()
  expect((await inNewChat(client).post("hello")).response.status).toBe(200)
  await expectRefusal((await inNewChat(client).post("hello")).response, "too_many_streams")
})

test("B43 F34 a repeated message is followed even when no more turns may begin", async () => {
  const { guest } = await freshService({ model: neverAnswers(), environment: limits })
  const client = await guest()
  const message = { id: randomUUID(), role: "user", parts: [{ type: "text", text: "hello" }] }
  const first = await client.post("", { message })
  await Promise.all(Array.from({ length: 19 }, () => inNewChat(client).post("hello")))
  await expectRefusal((await inNewChat(client).post("one more")).response, "too_many_streams")
  const again = await client.post("", { message })
  expect(again.response.status).toBe(200)
  expect(again.response.headers.get("x-stream-id")).toBe(first.response.headers.get("x-stream-id"))
})

test("B43 answers written by other processes count as well", async () => {
  const { guest, other } = await twoProcesses(redis(), neverAnswers(), neverAnswers(), limits)
  const client = await guest()
  for (let count = 0; count < 20; count++) await inNewChat(client).post("hello")
  globalThis.rejoinServices = Promise.resolve(other)
  await expectRefusal((await inNewChat(client).post("hello")).response, "too_many_streams")
})

test("B43 refused turns take up no slot", async () => {
  const { guest } = await freshService({ model: scripted("one"), environment: { ...limits, FREE_CREDITS: "0" } })
  const client = await guest()
  for (let count = 0; count < 25; count++) {
    const json = { id: client.chatId, trigger: "regenerate-message", messageId: randomUUID() }
    expect((await client.request("/api/chat", { method: "POST", json })).status).toBe(404)
  }
  for (let count = 0; count < 25; count++) await (await inNewChat(client).post("hello")).readAll()
  expect(await chatsOf(client)).toHaveLength(25)
})

test("B44 a hundred readers can follow a stream, and a slot is free when one leaves", async () => {
  const { guest } = await freshService({ model: neverAnswers(), environment: limits })
  const client = await guest()
  await client.post("hello")
  const readers = await Promise.all(Array.from({ length: 100 }, () => client.follow()))
  expect(readers.every(({ response }) => response.status === 200)).toBe(true)
  await expectRefusal((await client.follow()).response, "too_many_connections")
  await readers[0]?.leave()
  expect((await client.follow()).response.status).toBe(200)
})

test("B44 a user may have two hundred readers over all streams and feeds, and a slot is free when a stream ends", async () => {
  const { guest } = await freshService({ model: neverAnswers(), environment: limits })
  const client = await guest()
  const stopped = inNewChat(client)
  const first = await stopped.post("hello")
  const feeds = await Promise.all(Array.from({ length: 199 }, () => client.events()))
  expect(feeds.every(({ response }) => response.status === 200)).toBe(true)
  await expectRefusal(await client.request("/api/events"), "too_many_connections")
  await expectRefusal((await stopped.follow()).response, "too_many_connections")
  await expectRefusal((await inNewChat(client).post("hello")).response, "too_many_connections")
  expect(await chatsOf(client)).toHaveLength(1)
  expect((await client.follow()).response.status).toBe(204)
  expect((await (await guest()).events()).response.status).toBe(200)

  await stopped.stop()
  await first.readAll()
  expect((await client.events()).response.status).toBe(200)
})

test("RATE_LIMIT_PER_MINUTE=0 switches these limits off", async () => {
  const { guest, services } = await freshService({ model: neverAnswers() })
  for (let count = 0; count < 1000; count++) await services.rateLimits.countLookup("one user")
  const client = await guest()
  const answers = await Promise.all(Array.from({ length: 25 }, () => inNewChat(client).post("hello")))
  const feeds: FeedReading[] = []
  // In batches, because an overloaded database refuses some requests for reasons other than limits.
  for (let batch = 0; batch < 7; batch++)
    feeds.push(...(await Promise.all(Array.from({ length: 30 }, () => client.events()))))
  expect([...answers, ...feeds].map(({ response }) => response.status).filter((status) => status !== 200)).toEqual([])
})

test("B71 readers whose session has ended are disconnected, and no others", async () => {
  const model = scripted("one two", { held: true })
  const { guest, services } = await freshService({ model })
  const client = await guest()
  const first = await client.post("hello")
  await model.releaseUntil("one")
  await first.readUntil("one")
  const [feed, follower] = [await client.events(), await client.follow()]
  await follower.readUntil("one")
  const bystander = await guest()
  const bystandersFeed = await bystander.events()

  const signedOut = await client.request("/api/auth/sign-out", { method: "POST", json: {} })
  expect(signedOut.status).toBe(200)
  await services.sessions.poll()
  await feed.readAll()
  expect(feed.events).toMatchObject([{ type: "state" }, { type: "unauthenticated", message: expect.any(String) }])
  for (const reading of [first, follower]) {
    expect(await reading.readAll()).toBe("one")
    expect(reading.events.at(-1)).toMatchObject({ id: undefined, chunk: { type: "error" } })
    expect(reading.isDone).toBe(false)
  }
  // The signed copy of the session still lets requests in for a while; they do not stay.
  const again = await client.events()
  await again.readAll()
  expect(again.events.at(-1)).toMatchObject({ type: "unauthenticated" })

  const asked = vi.spyOn(services.chat.repository.turns, "list")
  await services.chat.events.poll()
  expect(asked.mock.lastCall?.[0].userIds).toHaveLength(1)
  model.release()
  await services.sessions.poll()
  await (await bystander.post("still here")).readAll()
  await bystandersFeed.next({ type: "turn-ended" })
  await services.drain(10_000)
  expect(await statusesIn(services)).toEqual(["COMPLETE", "COMPLETE", "COMPLETE", "COMPLETE"])
})

test("B71 a database outage disconnects no reader", async () => {
  const { guest, services } = await freshService({ model: scripted("one") })
  const client = await guest()
  const feed = await client.events()
  vi.spyOn(services.auth, "listLiveSessions").mockRejectedValueOnce(new Error("out of reach"))
  await services.sessions.poll()
  await (await client.post("hello")).readAll()
  await feed.next({ type: "turn-ended" })
})

async function statusesIn(services: Services): Promise<string[]> {
  return (await services.database.db.select().from(message).orderBy(message.seq)).map(({ status }) => status)
}

async function chatsOf(client: Client): Promise<unknown[]> {
  const response = await client.request("/api/chats")
  return ((await response.json()) as { chats: unknown[] }).chats
}
