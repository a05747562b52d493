/** Who may read a durable stream, and what the address answers otherwise. */
import { randomUUID } from "node:crypto"
import { expect, test } from "vitest"
import { answerLog } from "#lib/durable/answer-log.ts"
import { jsonCodec } from "#lib/durable/codec.ts"
import { durableEvents, durableRead } from "#tests/support/clients/durable-client.ts"
import { expectRefusal } from "#tests/support/clients/refusal.ts"
import { type Client, freshService, stranger } from "#tests/support/clients/service.ts"
import { neverAnswers, scripted } from "#tests/support/providers/scripted-model.ts"
import { readRelay } from "#tests/support/relays/relay-reader.ts"

const origin = "https://page.example.org"

test("an answer's own user reads all of its chunks as JSON, running and ended, in every mode", async () => {
  const model = scripted("one two three", { held: true })
  const { guest, services } = await freshService({ model })
  const client = await guest()
  const { address, streamId, answer } = await begin(client)
  await model.releaseUntil("one")
  await answer.readUntil("one")
  const live = durableEvents(await client.request(`${address}?offset=-1&live=sse`))
  await live.readUntil("one")
  await live.readOn()
  const tail = live.controls.at(-1)?.streamNextOffset
  const polling = client.request(`${address}?offset=${tail}&live=long-poll`)
  model.release()
  const polled = JSON.parse((await durableRead(await polling)).body)
  expect(polled[0]).toMatchObject({ type: "text-delta", delta: expect.stringContaining("two") })
  await live.readAll()
  await answer.readAll()
  expect(live.controls.at(-1)).toMatchObject({ streamClosed: true })

  const events = await services.chat.relay.readEvents(streamId)
  const body = jsonCodec.body(events ?? [])
  expect(`[${live.messages.join(",")}]`).toBe(body)
  expect(events?.map(({ chunk }) => chunk)).toEqual(answer.events.map(({ chunk }) => chunk))
  const whole = await client.request(address)
  expect(whole.headers.get("content-type")).toBe("application/json")
  expect(whole.headers.get("cache-control")).toBe("private, no-cache")
  expect(await durableRead(whole)).toMatchObject({ body, isClosed: true, next: live.controls.at(-1)?.streamNextOffset })
})

test("events that come between a read and what follows it are not merged", async () => {
  const model = scripted("one two three", { held: true })
  const { guest, services } = await freshService({ model })
  const client = await guest()
  const { streamId, answer } = await begin(client)
  await model.releaseUntil("two")
  await answer.readUntil("two")
  const log = answerLog(services.chat, streamId)
  const events = await log.read(undefined)
  const following = readRelay((await log.follow("1-1")) ?? expect.unreachable())
  await following.untilCaughtUp()
  expect(following.events).toEqual(events.slice(1))
  expect(events.length).toBeGreaterThan(4)
  await following.leave()
  model.release()
})

test("HEAD tells the tail without a body", async () => {
  const { guest } = await freshService({ model: scripted("one two") })
  const client = await guest()
  const { address, answer } = await begin(client)
  await answer.readAll()
  const head = await client.request(address, { method: "HEAD" })
  expect(head.headers.get("cache-control")).toBe("no-store")
  expect(await durableRead(head)).toMatchObject({ status: 200, body: "", isClosed: true })
})

test("a copy that is current is not sent again, until there is more", async () => {
  const model = scripted("one two", { held: true })
  const { guest } = await freshService({ model })
  const client = await guest()
  const { address, answer } = await begin(client)
  const etag = (await client.request(address)).headers.get("etag") ?? ""
  const again = () => client.request(address, { headers: { "if-none-match": etag } })
  expect((await again()).status).toBe(304)
  model.release()
  await answer.readAll()
  expect((await again()).status).toBe(200)
})

test("B91 to anyone else a stream does not exist, whatever the method or the query", async () => {
  const { guest } = await freshService({ model: scripted("one") })
  const client = await guest()
  const { address, answer } = await begin(client)
  await answer.readAll()
  const other = await guest()
  const unknown = `/api/durable/${randomUUID()}`
  for (const each of [address, unknown, "/api/durable/not-a-uuid", `/api/durable/${"x".repeat(10_000)}`])
    for (const query of [
      "",
      "?offset=-1&live=sse",
      "?offset=-1&live=long-poll",
      "?offset=",
      "?offset=9_9",
      "?live=sse",
    ]) {
      await expectRefusal(await other.request(each + query), 404, "stream_not_found")
      expect((await other.request(each + query, { method: "HEAD" })).status).toBe(404)
    }
  await expectRefusal(await stranger().request(address), 401, "unauthenticated")
  await expectRefusal(await stranger().request(address, { method: "HEAD" }), 401, "unauthenticated")
  expect((await client.request(address.toUpperCase().replace("/API/DURABLE/", "/api/durable/"))).status).toBe(200)
})

test("a deleted chat's stream is gone", async () => {
  const { guest } = await freshService({ model: scripted("one") })
  const client = await guest()
  const { address, answer } = await begin(client)
  await answer.readAll()
  await client.request(`/api/chat/${client.chatId}`, { method: "DELETE" })
  await expectRefusal(await client.request(address), 404, "stream_not_found")
})

test.each([
  ["?offset=", 400, "invalid_offset"],
  ["?offset=1-5", 400, "invalid_offset"],
  ["?offset=-1&offset=now", 400, "duplicate_parameter"],
  ["?live=sse", 400, "missing_offset"],
  ["?live=long-poll", 400, "missing_offset"],
  ["?offset=7_7", 410, "offset_gone"],
  ["?offset=1_9999&live=sse", 410, "offset_gone"],
  ["?offset=0_1&live=long-poll", 410, "offset_gone"],
] as const)("B90 %s is %d %s, readable for a page of a trusted origin", async (query, status, code) => {
  const { guest } = await freshService({ model: scripted("one"), environment: { TRUSTED_ORIGINS: origin } })
  const client = await guest()
  const { address, answer } = await begin(client)
  await answer.readAll()
  const response = await client.request(address + query, { headers: { origin } })
  expect(response.headers.get("access-control-allow-origin")).toBe(origin)
  expect(response.headers.get("x-content-type-options")).toBe("nosniff")
  await expectRefusal(response, status, code)
})

test("browsers may read the stream's headers, and ask with an ETag; only trusted origins may send the session", async () => {
  const { guest } = await freshService({ model: scripted("one"), environment: { TRUSTED_ORIGINS: origin } })
  const client = await guest()
  const { address } = await begin(client)
  for (const method of ["GET", "HEAD", "OPTIONS"]) {
    const trusted = (await client.request(address, { method, headers: { origin } })).headers
    expect(trusted.get("access-control-allow-origin")).toBe(origin)
    expect(trusted.get("access-control-allow-credentials")).toBe("true")
    expect(trusted.get("access-control-expose-headers")).toContain("Stream-Next-Offset")
    expect(trusted.get("access-control-expose-headers")).toContain("ETag")
    expect(trusted.get("cross-origin-resource-policy")).toBe("same-origin")
    const other = (await client.request(address, { method, headers: { origin: "https://evil.example" } })).headers
    expect(other.get("access-control-allow-origin")).toBeNull()
  }
  const preflight = await stranger().request(address, { method: "OPTIONS", headers: { origin } })
  expect([preflight.status, await preflight.text()]).toEqual([204, ""])
  expect(preflight.headers.get("access-control-allow-headers")).toContain("If-None-Match")
})

test.each([
  ["STREAM_RELAY", "pubsub"],
  ["RESUMABLE_STREAMS", "0"],
])("with %s=%s there is no log, so the address does not exist", async (name, value) => {
  const { guest } = await freshService({ model: scripted("one"), environment: { [name]: value } })
  const client = await guest()
  const { address, answer } = await begin(client)
  await answer.readAll()
  await expectRefusal(await client.request(address), 404, "not_found")
  expect((await client.request(address, { method: "HEAD" })).status).toBe(404)
  await expectRefusal(await stranger().request(address), 401, "unauthenticated")
})

test("live readers count like any others, and each read counts as a lookup", async () => {
  const { guest } = await freshService({ model: neverAnswers(), environment: { RATE_LIMIT_PER_MINUTE: "60" } })
  const client = await guest()
  const { address } = await begin(client)
  const attach = () => client.request(`${address}?offset=-1&live=sse`)
  const readers = await Promise.all(Array.from({ length: 100 }, attach))
  expect(readers.every(({ status }) => status === 200)).toBe(true)
  await expectRefusal(await attach(), 429, "too_many_connections")
  await expectRefusal(await client.request(`${address}?offset=now&live=long-poll`), 429, "too_many_connections")
  expect((await client.request(address)).status).toBe(200)
  await readers[0]?.body?.cancel()
  expect((await attach()).status).toBe(200)
  for (let count = 0; count < 500; count++) await client.request(`/api/durable/${randomUUID()}`)
  await expectRefusal(await client.request(address), 429, "rate_limited")
})

test("a reader whose session has ended is sent away, and comes back to a 401", async () => {
  const { guest, services } = await freshService({ model: neverAnswers() })
  const client = await guest()
  const { address } = await begin(client)
  const live = durableEvents(await client.request(`${address}?offset=-1&live=sse`))
  await live.readOn()
  const polling = client.request(`${address}?offset=now&live=long-poll`)
  await expect.poll(() => services.chat.relay.report()?.streams[0]?.readers).toBeGreaterThanOrEqual(2)
  await client.request("/api/auth/sign-out", { method: "POST", json: {} })
  await services.sessions.poll()
  await live.readAll()
  expect(live.names.at(-1)).toBe("unauthenticated")
  expect(live.controls.some(({ streamClosed }) => streamClosed)).toBe(false)
  await expectRefusal(await polling, 401, "unauthenticated")
})

async function begin(client: Client) {
  const answer = await client.post("count")
  await answer.readUntilChunk("start")
  const streamId = answer.response.headers.get("x-stream-id") ?? ""
  return { answer, streamId, address: `/api/durable/${streamId}` }
}
