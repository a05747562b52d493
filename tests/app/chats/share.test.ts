import { randomUUID } from "node:crypto"
import { expect, test } from "vitest"
import type { ChatShare, SharedChat } from "#lib/share-protocol.ts"
import { sharedChat } from "#lib/shared-chat.ts"
import { type Client, freshService, stranger, type TestService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { twoProcesses, useRedis } from "#tests/support/relays/two-processes.ts"

const redis = useRedis()

test("a link shows the chat as it was when it was shared: later messages stay private", async () => {
  const service = await freshService({ model: scripted("an answer") })
  const client = await service.guest()
  const feed = await client.events()
  await (await client.post("hello")).readAll()
  // The chat gets its name once its first answer has ended.
  await feed.next({ type: "chat-renamed" })
  const link = await share(client)
  expect(link).toMatchObject({ isCurrent: true, id: expect.stringMatching(/^[\w-]{32}$/) })
  expect(link.id).not.toContain(client.chatId)
  await (await client.post("a secret")).readAll()
  await client.request(`/api/chat/${client.chatId}`, { method: "PATCH", json: { title: "A secret title" } })
  expect(await read(service, link)).toEqual({
    title: "Hello",
    sharedAt: link.sharedAt,
    messages: [said("user", "hello"), said("assistant", "an answer")],
  })
  expect(await shareOf(client)).toEqual({ ...link, isCurrent: false })

  const renewed = await share(client)
  expect(renewed).toMatchObject({ id: link.id, isCurrent: true })
  expect((await read(service, link))?.messages).toHaveLength(4)
})

test("switching the shared chat to another version changes nothing for readers of the link", async () => {
  const service = await freshService({ model: scripted("an answer") })
  const client = await service.guest()
  await (await client.post("hello")).readAll()
  const link = await share(client)
  const [asked] = await client.messages()
  await (await client.post("hello, edited", { messageId: asked?.id })).readAll()
  expect((await read(service, link))?.messages[0]).toEqual(said("user", "hello"))
  await share(client)
  expect((await read(service, link))?.messages[0]).toEqual(said("user", "hello, edited"))
})

test("a revoked link answers 404, and the next link is a different one", async () => {
  const service = await freshService({ model: scripted("an answer") })
  const client = await service.guest()
  await (await client.post("hello")).readAll()
  expect(await shareOf(client)).toBeNull()
  const link = await share(client)
  for (let times = 0; times < 2; times++) {
    const response = await ask(client, "DELETE")
    expect([response.status, await response.json()]).toEqual([200, { share: null }])
    expect(await read(service, link)).toBeUndefined()
  }
  expect((await share(client)).id).not.toBe(link.id)
})

test("deleting a chat deletes its link", async () => {
  const service = await freshService({ model: scripted("an answer") })
  const client = await service.guest()
  await (await client.post("hello")).readAll()
  const link = await share(client)
  expect((await client.request(`/api/chat/${client.chatId}`, { method: "DELETE" })).status).toBe(200)
  expect(await read(service, link)).toBeUndefined()
  expect((await ask(client, "GET")).status).toBe(404)
})

test("a dead producer's answer is ended first, and then the chat is shared", async () => {
  const dying = scripted("an answer that is never done", { held: true })
  const environment = { CRASH_RECOVERY: "interrupt" }
  const service = await twoProcesses(redis(), dying, scripted("never asked"), environment)
  const client = await service.guest()
  const first = await client.post("hello")
  await dying.releaseUntil("answer")
  await first.readUntil("answer")
  await service.loseFirst()
  const link = await share(client)
  expect(link.isCurrent).toBe(true)
  expect((await read(service, link))?.messages.map(({ role, isWhole }) => [role, isWhole])).toEqual([
    ["user", true],
    ["assistant", false],
  ])
})

test("a chat cannot be shared while an answer is written, and an existing link still shows the old state", async () => {
  const model = scripted("an answer that takes its time", { held: true })
  const service = await freshService({ model })
  const client = await service.guest()
  const first = await client.post("hello")
  expect(await codeOf(await ask(client, "POST"))).toBe("409 generation_running")
  model.release()
  await first.readAll()
  const link = await share(client)
  model.hold()
  const second = await client.post("and then?")
  expect(await codeOf(await ask(client, "POST"))).toBe("409 generation_running")
  expect((await read(service, link))?.messages).toHaveLength(2)
  model.release()
  await second.readAll()
})

test("nothing private is shared: no thoughts, files, tool inputs and outputs, ids or costs", () => {
  const shown = sharedChat({
    title: "Title",
    sharedAt: new Date(0),
    messages: [
      {
        role: "user",
        status: "COMPLETE",
        artifactCount: 1,
        parts: [
          { type: "file", mediaType: "image/png", filename: "photo.png", url: "/api/files/private-id" },
          { type: "text", text: "look", providerMetadata: { private: { id: "private-id" } } },
        ],
      },
      {
        role: "assistant",
        status: "STOPPED",
        artifactCount: 0,
        parts: [
          { type: "step-start" },
          { type: "reasoning", text: "private thought" },
          {
            type: "tool-search_docs",
            toolCallId: "private-id",
            state: "output-available",
            input: { query: "private input" },
            output: "private output",
          },
          {
            type: "dynamic-tool",
            toolName: "mail_read",
            toolCallId: "private-id",
            state: "output-error",
            input: {},
            errorText: "private error",
          },
          { type: "data-anything", data: "private" },
          { type: "source-url", sourceId: "private-id", url: "https://example.com/", title: "Example" },
          { type: "text", text: "said" },
        ],
      },
    ],
  })
  expect(JSON.stringify(shown)).not.toContain("private")
  expect(shown.messages).toEqual([
    {
      role: "user",
      isWhole: true,
      parts: [
        { type: "attachment", name: undefined },
        { type: "attachment", name: "photo.png" },
        { type: "text", text: "look" },
      ],
    },
    {
      role: "assistant",
      isWhole: false,
      parts: [
        { type: "tool", name: "search_docs" },
        { type: "tool", name: "mail_read" },
        { type: "source", url: "https://example.com/", title: "Example" },
        { type: "text", text: "said" },
      ],
    },
  ])
})

test("B1 B3 B7 B12 B46 only the chat's owner can create, see and revoke its link", async () => {
  const service = await freshService({ model: scripted("an answer") })
  const client = await service.guest()
  await (await client.post("hello")).readAll()
  const link = await share(client)
  const other = await service.guest()
  for (const method of ["GET", "POST", "DELETE"] as const) {
    for (const chatId of [client.chatId, randomUUID()]) {
      const response = await ask(Object.assign(other, { chatId }), method)
      expect(await codeOf(response)).toBe("404 chat_not_found")
    }
    expect(await codeOf(await ask(stranger(), method))).toBe("401 unauthenticated")
    expect(await codeOf(await ask(Object.assign(other, { chatId: "not-a-uuid" }), method))).toBe("400 invalid_chat_id")
    if (method !== "GET")
      expect(await codeOf(await ask(client, method, { headers: { origin: "https://evil.example" } }))).toBe(
        "403 origin_not_allowed",
      )
  }
  expect(await codeOf(await ask(client, "POST", { json: { upToMessageId: "x" } }))).toBe("400 invalid_request")
  const put = await client.request(`/api/chat/${client.chatId}/share`, { method: "PUT" })
  expect([await codeOf(put), put.headers.get("allow")]).toEqual(["405 method_not_allowed", "GET, POST, DELETE"])
  expect(await shareOf(client)).toEqual(link)
  expect(await read(service, { ...link, id: "x".repeat(32) })).toBeUndefined()
})

test("B43 a user who asks too often is told to wait", async () => {
  const environment = { RATE_LIMIT_PER_MINUTE: "1" }
  const { guest, services } = await freshService({ model: scripted("an answer"), environment })
  const client = await guest()
  const asker = await services.database.db.query.user.findFirst()
  const spent = async () => {
    for (;;) await services.rateLimits.countLookup(asker?.id ?? "")
  }
  await expect(spent()).rejects.toMatchObject({ code: "rate_limited" })
  for (const method of ["GET", "POST", "DELETE"] as const) {
    const response = await ask(client, method)
    expect([await codeOf(response), response.headers.has("retry-after")]).toEqual(["429 rate_limited", true])
  }
})

const said = (role: "user" | "assistant", text: string) => ({ role, isWhole: true, parts: [{ type: "text", text }] })

function ask(client: Client, method: "GET" | "POST" | "DELETE", init: object = {}): Promise<Response> {
  return client.request(`/api/chat/${client.chatId}/share`, { method, ...init })
}

async function share(client: Client): Promise<ChatShare> {
  const response = await ask(client, "POST")
  expect(response.status).toBe(200)
  return ((await response.json()) as { share: ChatShare }).share
}

async function shareOf(client: Client): Promise<ChatShare | null> {
  return ((await (await ask(client, "GET")).json()) as { share: ChatShare | null }).share
}

async function read({ services }: TestService, { id }: ChatShare): Promise<SharedChat | undefined> {
  const stored = await services.shares.readShare(id)
  return stored && sharedChat(stored)
}

async function codeOf(response: Response): Promise<string> {
  const body = (await response.json()) as { error?: { code: string } }
  return [response.status, body.error?.code].filter(Boolean).join(" ")
}
