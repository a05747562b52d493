import { randomUUID } from "node:crypto"
import { beforeEach, describe, expect, test } from "vitest"
import { expectRefusal } from "#tests/support/clients/refusal.ts"
import { message, type RefusedGuest, refusedGuest, text } from "#tests/support/clients/refused-guest.ts"
import { type Client, stranger, type TestService } from "#tests/support/clients/service.ts"

let service: TestService
let client: Client
let post: RefusedGuest["post"]
let expectNothingChanged: RefusedGuest["expectNothingChanged"]

beforeEach(async () => {
  ;({ service, client, post, expectNothingChanged } = await refusedGuest())
})

describe("sessions and origins", () => {
  const id = randomUUID()
  test.each([
    ["POST", "/api/chat"],
    ["GET", `/api/chat?chatId=${id}`],
    ["GET", `/api/chat/${id}/stream`],
    ["POST", `/api/chat/${id}/stop`],
    ["GET", `/api/chat/${id}/messages`],
    ["POST", `/api/chat/${id}/branch`],
    ["DELETE", `/api/chat/${id}`],
    ["GET", `/api/chat/${id}/share`],
    ["POST", `/api/chat/${id}/share`],
    ["DELETE", `/api/chat/${id}/share`],
    ["GET", "/api/chats"],
  ])("B1 %s %s is refused without a session", async (method, address) => {
    const json = method === "POST" ? {} : undefined
    await expectRefusal(await stranger().request(address, { method, json }), 401, "unauthenticated")
  })

  test("B2 a forged session cookie is refused and cleared", async () => {
    const forger = stranger("better-auth.session_token=forged.c2lnbmF0dXJl")
    const response = await forger.request(`/api/chat?chatId=${forger.chatId}`)
    await expectRefusal(response, 401, "session_invalid")
    expect(response.headers.getSetCookie().join()).toContain("better-auth.session_token=;")
  })

  test("B3 B4 to anyone but its owner a chat does not exist, at every address", async () => {
    await (await client.post("mine")).readAll()
    const other = await service.guest()
    for (const chatId of [client.chatId, randomUUID()]) {
      other.chatId = chatId
      expect((await other.follow()).response.status).toBe(204)
      expect((await other.request(`/api/chat/${chatId}/stream`)).status).toBe(204)
      await expectRefusal(await other.stop(), 404, "chat_not_found")
      await expectRefusal(await other.request(`/api/chat/${chatId}/messages`), 404, "chat_not_found")
      await expectRefusal(await other.request(`/api/chat/${chatId}`, { method: "DELETE" }), 404, "chat_not_found")
      for (const method of ["GET", "POST", "DELETE"])
        await expectRefusal(await other.request(`/api/chat/${chatId}/share`, { method }), 404, "chat_not_found")
    }
    const json = { id: client.chatId, message: message(text("let me in")) }
    await expectRefusal(await other.request("/api/chat", { method: "POST", json }), 404, "chat_not_found")
    expect(await client.messages()).toHaveLength(2)
  })

  test("B12 a page of another site cannot send any request", async () => {
    const body = { id: client.chatId, message: message(text("hello")) }
    const foreign: HeadersInit[] = [
      { origin: "https://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      // Another site that is reached by the same name, as a page of another scheme or behind a proxy would be.
      { "sec-fetch-site": "cross-site", origin: "http://127.0.0.1:3000" },
    ]
    for (const headers of foreign) await expectRefusal(await post(body, { headers }), 403, "origin_not_allowed")
    await expectRefusal(
      await client.request(`/api/chat/${client.chatId}/stop`, {
        method: "POST",
        headers: { origin: "https://evil.example" },
      }),
      403,
      "origin_not_allowed",
    )
    await expectNothingChanged()
    expect((await post(body, { headers: { origin: "http://127.0.0.1:3000" } })).status).toBe(200)
  })
})

describe("addresses", () => {
  test.each(["../../x", "..", "%00", "*", "a".repeat(10_000), "x\r\ny", "not-a-uuid"])(
    "B7 %s is refused as a chat id",
    async (chatId) => {
      const encoded = encodeURIComponent(chatId)
      await expectRefusal(await client.request(`/api/chat?chatId=${encoded}`), 400, "invalid_chat_id")
      await expectRefusal(await post({ id: chatId, message: message(text("hello")) }), 400, "invalid_chat_id")
      await expectNothingChanged()
    },
  )

  test("B8 a missing chat id and a repeated one are refused", async () => {
    await expectRefusal(await client.request("/api/chat"), 400, "missing_chat_id")
    await expectRefusal(
      await client.request(`/api/chat?chatId=${randomUUID()}&chatId=${randomUUID()}`),
      400,
      "duplicate_parameter",
    )
  })

  test.each(["-1", "abc", "1-", "NaN", "9007199254740992", "0-0", "1-9007199254740993", "1-1%0a", "1".repeat(300)])(
    "B9 %s is refused as a position",
    async (after) => {
      await expectRefusal((await client.follow(`&after=${after}`)).response, 400, "invalid_position")
    },
  )

  test.each(["abc", "1".repeat(300)])("B10 %s is refused as a Last-Event-ID", async (id) => {
    const headers = { "last-event-id": id }
    await expectRefusal(await client.request(`/api/chat?chatId=${client.chatId}`, { headers }), 400, "invalid_position")
  })

  test("B46 a method that an address does not take is refused", async () => {
    const response = await client.request("/api/chat", { method: "PUT", json: {} })
    await expectRefusal(response, 405, "method_not_allowed")
    expect(response.headers.get("allow")).toBe("POST, GET")
  })
})

describe("bodies", () => {
  test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])(
    "B13 a body of type %j is refused",
    async (type) => {
      const response = await client.request("/api/chat", {
        method: "POST",
        body: "{}",
        headers: { "content-type": type },
      })
      await expectRefusal(response, 415, "unsupported_media_type")
    },
  )

  test("B14 a compressed body is refused", async () => {
    await expectRefusal(await post({}, { headers: { "content-encoding": "gzip" } }), 415, "unsupported_encoding")
  })

  test("B15 a body that is too large is refused, by its announced size or while it is read", async () => {
    const declared = await post({}, { headers: { "content-length": "1000001" } })
    await expectRefusal(declared, 413, "body_too_large")
    expect(declared.headers.get("connection")).toBe("close")
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536
        controller.enqueue(new Uint8Array(65_536).fill(32))
      },
    })
    const headers = { "content-type": "application/json" }
    const grown = await client.request("/api/chat", { method: "POST", body: endless, headers })
    await expectRefusal(grown, 413, "body_too_large")
    expect(grown.headers.get("connection")).toBe("close")
    expect(sent).toBeLessThan(2_000_000)
  })

  test.each([
    ["empty", ""],
    ["broken", '{"id":'],
    ["deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
  ])("B17 B18 JSON that is %s is refused", async (_, body) => {
    const headers = { "content-type": "application/json" }
    await expectRefusal(await client.request("/api/chat", { method: "POST", body, headers }), 400, "invalid_json")
  })

  test("B21 a body that is not UTF-8 is refused", async () => {
    const body = new Uint8Array([0x22, 0xff, 0xfe, 0x22])
    const headers = { "content-type": "application/json" }
    await expectRefusal(await client.request("/api/chat", { method: "POST", body, headers }), 400, "invalid_encoding")
  })
})
