/** What is refused changes nothing, and tells tRPC's clients why. */
import { randomUUID } from "node:crypto"
import { createTRPCUntypedClient, type TRPCLink } from "@trpc/client"
import { afterEach, describe, expect, test, vi } from "vitest"
import { chat } from "#db/schema.ts"
import type { ChatRouter } from "#lib/trpc/router.ts"
import { type Client, freshService, stranger, type TestService } from "#tests/support/clients/service.ts"
import { question, refusalOf, trpcLink, trpcTab, trpcWays } from "#tests/support/clients/trpc-tab.ts"
import { scripted, type TestModel } from "#tests/support/providers/scripted-model.ts"

let model: TestModel
let service: TestService

async function world(environment: Record<string, string> = {}): Promise<TestService> {
  model = scripted("never asked")
  service = await freshService({ model, environment })
  return service
}

afterEach(async () => {
  expect(await service.services.database.db.select().from(chat)).toEqual([])
  expect(model.calls).toEqual([])
  expect(await service.charges()).toEqual([])
})

/** Calls a procedure with an input that its types do not allow. */
function callOf(procedure: string, input: unknown): (link: TRPCLink<ChatRouter>) => Promise<unknown> {
  return (link) => {
    const client = createTRPCUntypedClient({ links: [link] })
    if (procedure === "chat.history") return client.query(procedure, input)
    if (procedure !== "chat.follow") return client.mutation(procedure, input)
    return new Promise((resolve, reject) => {
      client.subscription(procedure, input, { onError: reject, onComplete: () => resolve(undefined) })
    })
  }
}

const chatId = randomUUID()
const wrongInputs: [procedure: string, wrong: string, input: unknown, code: string, status?: number][] = [
  ["chat.send", "nothing", undefined, "invalid_request"],
  ["chat.send", "a text", "hello", "invalid_request"],
  ["chat.send", "an unknown field", { ...question(chatId, "hello"), key: "x" }, "unknown_field"],
  ["chat.send", "a chat id that is none", question("../x", "hello"), "invalid_chat_id"],
  ["chat.send", "an empty message", question(chatId, " "), "empty_message"],
  ["chat.send", "half a surrogate pair", question(chatId, "\uD800"), "invalid_text"],
  ["chat.send", "a message that is too long", question(chatId, "x".repeat(32_001)), "message_too_long", 413],
  ["chat.send", "an answer", { id: chatId, message: { id: "a", role: "assistant", parts: [] } }, "role_not_allowed"],
  ["chat.stop", "nothing", undefined, "invalid_request"],
  ["chat.stop", "a number for the chat", { chatId: 1 }, "invalid_chat_id"],
  ["chat.stop", "a stream id that is none", { chatId, streamId: "x" }, "invalid_request"],
  ["chat.history", "a list", [chatId], "invalid_request"],
  ["chat.history", "an unknown field", { chatId, limit: 1 }, "unknown_field"],
  ["chat.follow", "no chat", {}, "invalid_chat_id"],
  ["chat.follow", "a position that is none", { chatId, lastEventId: "0-1" }, "invalid_position"],
  ["chat.follow", "an unknown field", { chatId, after: "1-1" }, "unknown_field"],
]

describe.each(trpcWays)("over %s", (way) => {
  test.each(wrongInputs)("B80 %s refuses %s", async (procedure, _wrong, input, code, httpStatus = 400) => {
    const { guest } = await world()
    const call = callOf(procedure, input)
    const refusal = await refusalOf(call((await trpcLink(await guest(), way)).link))
    expect(refusal).toMatchObject({ code, httpStatus, retryable: false, requestId: expect.any(String) })
  })

  test("B80 the refusal says where the problem is", async () => {
    const { guest } = await world()
    const { trpc } = await trpcTab(await guest(), way)
    const wrong = question(chatId, "hello")
    Object.assign(wrong.message?.parts[0] ?? {}, { text: "\0" })
    expect(await refusalOf(trpc.chat.send.mutate(wrong))).toMatchObject({
      code: "invalid_text",
      details: [{ path: "message.parts[0].text", problem: "invalid_text" }],
    })
  })

  test("an unknown procedure is not found", async () => {
    const { guest } = await world()
    const { link } = await trpcLink(await guest(), way)
    for (const path of ["chat.sned", "chat", "__proto__.send", "chat.toString"])
      expect(await refusalOf(createTRPCUntypedClient({ links: [link] }).query(path))).toMatchObject({
        code: "not_found",
        httpStatus: 404,
      })
  })

  test("B15 a call of more than 1 MB is refused, and the next one is taken", async () => {
    const { guest } = await world()
    const { trpc } = await trpcTab(await guest(), way)
    await expect(trpc.chat.send.mutate(question(chatId, "x".repeat(1_000_001)))).rejects.toThrow()
    expect(await refusalOf(trpc.chat.history.query({ chatId }))).toMatchObject({ code: "chat_not_found" })
  })

  test("B81 of a thousand calls in one batch none is taken", async () => {
    const { guest } = await world()
    const { trpc } = await trpcTab(await guest(), way)
    const calls = Array.from({ length: 1_000 }, () => trpc.chat.send.mutate(question(randomUUID(), "hello")))
    const refusals = await Promise.all(calls.map(refusalOf))
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: "invalid_request", httpStatus: 400 })
    expect(refusals[0]).toMatchObject({ details: [{ path: "trpc", problem: "Batch call exceeds maximum size" }] })
  })

  test("B6 each call of a batch counts against the rate", async () => {
    const { guest } = await world({ RATE_LIMIT_PER_MINUTE: "5" })
    const { trpc } = await trpcTab(await guest(), way)
    const empty = () => refusalOf(trpc.chat.send.mutate(question(chatId, " ")))
    const refusals = await Promise.all(Array.from({ length: 8 }, empty))
    expect(refusals.map(({ code }) => code)).toEqual([
      ...Array(5).fill("empty_message"),
      ...Array(3).fill("rate_limited"),
    ])
    expect(refusals.at(-1)).toMatchObject({ httpStatus: 429, retryable: true })
  })

  test("an unforeseen error says nothing of itself, and is logged under its request's id", async () => {
    const { guest, services } = await world()
    const { trpc } = await trpcTab(await guest(), way)
    const logged: unknown[] = []
    services.logger.error = (line: unknown) => void logged.push(line)
    services.chat.repository.messages.list = () => Promise.reject(new Error("a secret"))
    const call = trpc.chat.history.query({ chatId })
    const refusal = await refusalOf(call)
    expect(refusal).toMatchObject({ code: "internal_error", httpStatus: 500, retryable: true })
    expect(JSON.stringify(await call.catch((error: unknown) => error))).not.toContain("secret")
    expect(logged).toMatchObject([{ requestId: refusal["requestId"], path: "chat.history", code: "internal_error" }])
  })
})

describe("of an HTTP request", () => {
  const subscription = `/api/trpc/chat.follow?input=${encodeURIComponent(JSON.stringify({ chatId }))}`
  const query = `/api/trpc/chat.history?input=${encodeURIComponent(JSON.stringify({ chatId }))}`

  test("method, type, encoding, origin, size, session and rate are checked before the body, and that before the input", async () => {
    const { guest } = await world({ RATE_LIMIT_PER_MINUTE: "1" })
    const spent = await guest()
    await refused(spent, { body: "{" })
    const fresh = await guest()
    const wrong = {
      "content-type": "text/plain",
      "content-encoding": "gzip",
      origin: "https://evil.example",
      "content-length": "20000000",
    }
    expect(await refused(stranger(), { method: "PUT", headers: wrong })).toEqual([405, "method_not_allowed"])
    expect(await refused(stranger(), { headers: wrong })).toEqual([415, "unsupported_media_type"])
    const typed = { ...wrong, "content-type": "application/json" }
    expect(await refused(stranger(), { headers: typed })).toEqual([415, "unsupported_encoding"])
    const { "content-encoding": _gzip, ...plain } = typed
    expect(await refused(stranger(), { headers: plain })).toEqual([403, "origin_not_allowed"])
    const { origin: _evil, ...own } = plain
    expect(await refused(stranger(), { headers: own })).toEqual([413, "body_too_large"])
    expect(await refused(stranger(), { body: "{" })).toEqual([401, "unauthenticated"])
    expect(await refused(spent, { body: "{" })).toEqual([429, "rate_limited"])
    expect(await refused(fresh, { body: "{" })).toEqual([400, "invalid_json"])
  })

  test.each([
    ["broken JSON", "{", "invalid_json"],
    ["JSON nested ten thousand deep", "[".repeat(10_000) + "]".repeat(10_000), "invalid_json"],
    ["bytes that are no UTF-8", new Uint8Array([0x22, 0xff, 0x22]), "invalid_encoding"],
  ])("B17 B18 B21 a body of %s is refused", async (_what, body, code) => {
    const { guest } = await world()
    expect(await refused(await guest(), { body })).toEqual([400, code])
  })

  test("B81 the body of fifty calls is parsed as often as that of one", async () => {
    const { guest } = await world()
    const client = await guest()
    const parse = vi.spyOn(JSON, "parse")
    const body = JSON.stringify(Object.fromEntries(Array.from({ length: 50 }, (_, call) => [call, {}])))
    const path = `/api/trpc/${Array(50).fill("chat.stop").join(",")}?batch=1`
    await client.request(path, { method: "POST", body, headers: { "content-type": "application/json" } })
    // Once by us, behind the rate limit, and once by tRPC.
    expect(parse.mock.calls.filter(([text]) => text === body)).toHaveLength(2)
  })

  test("B12 another site's page can neither send nor read", async () => {
    const { guest } = await world()
    const client = await guest()
    const signs: Record<string, string>[] = [{ origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }]
    for (const headers of signs) {
      expect(await refused(client, { headers })).toEqual([403, "origin_not_allowed"])
      for (const path of [query, subscription])
        expect(await refused(client, { path, method: "GET", headers })).toEqual([403, "origin_not_allowed"])
    }
  })

  test("B82 a mutation by GET, and a query by POST, are refused with the method they take", async () => {
    const { guest } = await world()
    const client = await guest()
    const sent = `?input=${encodeURIComponent(JSON.stringify(question(chatId, "hello")))}`
    const mutation = await client.request(`/api/trpc/chat.send${sent}`)
    expect([mutation.status, mutation.headers.get("allow")]).toEqual([405, "POST"])
    const asked = await client.request("/api/trpc/chat.history", { method: "POST", json: { chatId } })
    expect([asked.status, asked.headers.get("allow")]).toEqual([405, "GET"])
  })

  test("B1 B2 without a session nothing is answered, and a forged one's cookie is cleared", async () => {
    await world()
    expect(await refused(stranger(), {})).toEqual([401, "unauthenticated"])
    expect(await refused(stranger(), { path: query, method: "GET" })).toEqual([401, "unauthenticated"])
    const forged = await stranger("better-auth.session_token=forged.forged").request(query)
    expect(forged.status).toBe(401)
    expect(forged.headers.getSetCookie()).toHaveLength(2)
    const { follow } = await trpcTab(stranger(), "http")
    await expect(follow({ chatId }).ended).rejects.toMatchObject({ data: { code: "unauthenticated", httpStatus: 401 } })
  })

  test.each([
    ["two kinds of procedures in a batch", `chat.history,chat.follow?batch=1&input={}`],
    ["a subscription in a batch", `chat.follow?batch=1&input={}`],
    ["an address that cannot be read", `%ff`],
    ["parameters that are no JSON", `chat.history?connectionParams={`],
  ])("%s are refused in JSON, as each error is", async (_, call) => {
    const { guest } = await world()
    const { status, headers } = await (await guest()).request(`/api/trpc/${call}`)
    expect([status, headers.get("content-type"), headers.get("cache-control")]).toEqual([
      400,
      "application/json",
      "no-store",
    ])
  })

  test("answers are not kept by caches, and a refusal says when to come back", async () => {
    const { guest } = await world({ RATE_LIMIT_PER_MINUTE: "1" })
    const client = await guest()
    expect((await client.request(query)).headers.get("cache-control")).toBe("no-store")
    await refused(client, {})
    const limited = await client.request("/api/trpc/chat.send", { method: "POST", json: {} })
    expect(limited.status).toBe(429)
    expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(0)
  })

  interface Asked {
    path?: string
    method?: string
    headers?: Record<string, string>
    body?: string | Uint8Array<ArrayBuffer>
  }

  async function refused(client: Client, { path = "/api/trpc/chat.send", ...asked }: Asked): Promise<[number, string]> {
    const { method = "POST", headers, body = "{}" } = asked
    const type = { "content-type": "application/json" }
    const init = method === "GET" ? { headers } : { headers: { ...type, ...headers }, body }
    const response = await client.request(path, { method, ...init } as RequestInit)
    const { error } = (await response.json()) as { error: { data: { code: string; httpStatus: number } } }
    expect(error.data.httpStatus).toBe(response.status)
    return [response.status, error.data.code]
  }
})
