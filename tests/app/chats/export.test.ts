import { randomUUID } from "node:crypto"
import { describe, expect, test } from "vitest"
import { contentDisposition, type ExportDocument, exportFile } from "#lib/export/chat-export.ts"
import { type Client, freshService, stranger } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

test("the shown branch of a chat is exported as Markdown and as JSON, under the chat's title", async () => {
  const { guest } = await freshService({ model: scripted("an answer") })
  const client = await guest()
  await (await client.post("hello")).readAll()
  const [asked] = await client.messages()
  await (await client.post("hello, edited", { messageId: asked?.id })).readAll()
  await client.request(`/api/chat/${client.chatId}`, { method: "PATCH", json: { title: "Über “Vögel” / 鳥" } })

  const markdown = await exported(client, "?format=markdown")
  expect(markdown.headers.get("content-type")).toBe("text/markdown; charset=utf-8")
  expect(markdown.headers.get("cache-control")).toBe("no-store")
  const day = new Date().toISOString().slice(0, 10)
  expect(decodeURIComponent(markdown.headers.get("content-disposition")?.split("UTF-8''")[1] ?? "")).toBe(
    `Über “Vögel” 鳥 ${day}.md`,
  )
  const text = await markdown.text()
  expect(text).toMatch(/^# Über “Vögel” \/ 鳥\n/)
  expect(text).toContain("## You\n")
  expect(text).toContain("\n\n> hello, edited\n\n## Assistant\n")
  expect(text).not.toContain("> hello\n")

  const json = await exported(client, "?format=json")
  expect(json.headers.get("content-type")).toBe("application/json")
  expect((await json.json()) as ExportDocument).toEqual({
    id: client.chatId,
    title: "Über “Vögel” / 鳥",
    agent: "assistant",
    exportedAt: expect.stringMatching(/^\d{4}-/),
    messages: await client.messages(),
  })
})

test("the export contains the stored part of an answer that is still being written, and says so", async () => {
  const model = scripted("an answer that takes its time", { held: true })
  const { guest } = await freshService({ model })
  const client = await guest()
  const reading = await client.post("hello")
  expect(await (await exported(client, "?format=markdown")).text()).toContain(
    "*Still being written when this was exported.*",
  )
  model.release()
  await reading.readAll()
})

test("B1 B3 B7 B8 B46 only its owner can export a chat, and only in known formats", async () => {
  const { guest } = await freshService({ model: scripted("an answer") })
  const client = await guest()
  await (await client.post("hello")).readAll()
  const other = await guest()
  for (const chatId of [client.chatId, randomUUID()])
    expect(await codeOf(await exported(Object.assign(other, { chatId }), "?format=json"))).toBe("404 chat_not_found")
  expect(await codeOf(await exported(stranger(), "?format=json"))).toBe("401 unauthenticated")
  expect(await codeOf(await exported(Object.assign(other, { chatId: "x" }), "?format=json"))).toBe(
    "400 invalid_chat_id",
  )
  for (const query of ["", "?format=", "?format=html", "?format=__proto__"])
    expect(await codeOf(await exported(client, query))).toBe("400 invalid_request")
  expect(await codeOf(await exported(client, "?format=json&format=markdown"))).toBe("400 duplicate_parameter")
  const posted = await client.request(`/api/chat/${client.chatId}/export?format=json`, { method: "POST", json: {} })
  expect([await codeOf(posted), posted.headers.get("allow")]).toEqual(["405 method_not_allowed", "GET"])
})

describe("a file's name is valid on every system", () => {
  test.each([
    ["../../etc/passwd", "etc passwd"],
    ['a\\b:c*d?e"f<g>h|i', "a b c d e f g h i"],
    ["CON", "CON"],
    [".hidden", "hidden"],
    ["line\r\nX-Header: 1\0", "line X-Header 1"],
    ["\u202egpj.exe", "gpj.exe"],
    ["\ud800", "\ufffd"],
    ["", "Chat"],
    ["鳥".repeat(100), "鳥".repeat(80)],
    ["👍".repeat(100), "👍".repeat(80)],
  ])("%j", (title, expected) => {
    const exportedAt = new Date("2026-11-21T08:00:00Z")
    const chat = {
      chatId: "",
      title,
      agent: "",
      agentName: "",
      messages: [],
      exportedAt,
      origin: "https://chat.example",
    }
    const { name } = exportFile(chat, "json")
    expect(name).toBe(`${expected} 2026-11-21.json`)
    expect(contentDisposition(name)).toMatch(/^attachment; filename="[\w .-]+"; filename\*=UTF-8''[\w%.~!-]+$/)
  })
})

function exported(client: Client, query: string): Promise<Response> {
  return client.request(`/api/chat/${client.chatId}/export${query}`)
}

async function codeOf(response: Response): Promise<string> {
  const body = (await response.json()) as { error?: { code: string } }
  return [response.status, body.error?.code].filter(Boolean).join(" ")
}
