import { randomUUID } from "node:crypto"
import { expect, test } from "vitest"
import { user } from "#db/schema.ts"
import { expectRefusal } from "#tests/support/clients/refusal.ts"
import { type Client, freshService, stranger, type TestService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

const json = { right: "application/json", wrong: "text/plain", refusal: "unsupported_media_type" }

/** Every address that accepts a body, with a method it does not accept. */
const addresses = [
  { method: "POST", not: "PUT", address: "/api/chat", types: json, counts: "posts" },
  { method: "POST", not: "PUT", address: "/api/chat/:id/approval", types: json, counts: "posts" },
  { method: "POST", not: "PUT", address: "/api/chat/:id/stop", types: json, counts: "lookups" },
  { method: "POST", not: "PUT", address: "/api/chat/:id/branch", types: json, counts: "lookups" },
  { method: "POST", not: "PUT", address: "/api/chat/:id/share", types: json, counts: "lookups" },
  { method: "PATCH", not: "PUT", address: "/api/chat/:id", types: json, counts: "lookups" },
  {
    method: "POST",
    not: "PUT",
    address: "/api/files",
    types: { right: "image/png", wrong: "multipart/form-data; boundary=x", refusal: "unsupported_file_type" },
    counts: "posts",
  },
] as const

test.each(addresses)(
  "$method $address checks method, type, encoding, origin, size, session and rate before the body's content",
  async ({ method, not, address, types, counts }) => {
    const service = await freshService({ model: scripted("one"), environment: { RATE_LIMIT_PER_MINUTE: "1" } })
    const spent = await service.guest()
    await useUp(service, counts)
    const fresh = await service.guest()
    const isFile = address === "/api/files"
    const wrong = {
      "content-type": types.wrong,
      "content-encoding": "gzip",
      origin: "https://evil.example",
      "content-length": "20000000",
    }
    const ask = (client: Client, headers: Record<string, string>, by: string = method) =>
      client.request(address.replace(":id", randomUUID()), { method: by, headers, body: isFile ? " " : "{" })

    await expectRefusal(await ask(stranger(), wrong, not), 405, "method_not_allowed")
    await expectRefusal(await ask(stranger(), wrong), 415, types.refusal)
    const typed = { ...wrong, "content-type": types.right }
    await expectRefusal(await ask(stranger(), typed), 415, "unsupported_encoding")
    const { "content-encoding": _gzip, ...plain } = typed
    await expectRefusal(await ask(stranger(), plain), 403, "origin_not_allowed")
    const { origin: _evil, ...own } = plain
    await expectRefusal(await ask(stranger(), own), 413, isFile ? "file_too_large" : "body_too_large")
    const { "content-length": _large, ...right } = own
    await expectRefusal(await ask(stranger(), right), 401, "unauthenticated")
    await expectRefusal(await ask(spent, right), 429, "rate_limited")
    if (isFile) return
    await expectRefusal(await ask(fresh, right), 400, "invalid_json")
    if (counts === "posts") await expectRefusal(await ask(fresh, right), 429, "rate_limited")
  },
)

test("the shape of a body is checked before the chat's owner", async () => {
  const service = await freshService({ model: scripted("one") })
  const owner = await service.guest()
  await (await owner.post("mine")).readAll()
  const other = await service.guest()
  const bodies = [
    ["POST", "/stop", { streamId: "x" }, { streamId: randomUUID() }],
    ["POST", "/branch", {}, { messageId: "x" }],
    ["POST", "/share", { upTo: "x" }, {}],
    ["POST", "/approval", {}, { approvalId: "x", approved: true }],
    ["PATCH", "", {}, { title: "mine" }],
  ] as const
  for (const [method, path, wrong, right] of bodies) {
    const address = `/api/chat/${owner.chatId}${path}`
    expect((await other.request(address, { method, json: wrong })).status).toBe(400)
    expect((await other.request(address, { method, json: right })).status).toBe(404)
  }
})

test("an optional body may be absent, but a body without a type is refused", async () => {
  const { guest } = await freshService({ model: scripted("one") })
  const client = await guest()
  await (await client.post("hello")).readAll()
  const stop = (init: RequestInit) => client.request(`/api/chat/${client.chatId}/stop`, { method: "POST", ...init })
  for (const none of [
    {},
    { body: new Uint8Array() },
    { body: new Blob([]).stream() },
    { headers: { "content-length": "0" } },
  ])
    expect((await stop(none)).status).toBe(200)
  await expectRefusal(await stop({ headers: { "transfer-encoding": "chunked" } }), 415, "unsupported_media_type")
  await expectRefusal(await stop({ headers: { "content-length": "2" } }), 415, "unsupported_media_type")
})

/** Uses up all requests that the only user may make in this minute. */
async function useUp({ services }: TestService, counts: "posts" | "lookups"): Promise<void> {
  const [asker] = await services.database.db.select({ id: user.id }).from(user)
  const { rateLimits } = services
  const count = counts === "posts" ? rateLimits.countPost : rateLimits.countLookup
  const spend = async () => {
    for (;;) await count(asker?.id ?? "")
  }
  await expect(spend()).rejects.toMatchObject({ code: "rate_limited" })
}
