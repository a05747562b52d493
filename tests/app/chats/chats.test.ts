import { expect, test, vi } from "vitest"
import type { ChatSummary } from "#lib/chat-protocol.ts"
import { type Client, freshService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { hangMs } from "#tests/support/within.ts"

test("a chat is renamed, and listed and found by its new title", async () => {
  const { guest } = await freshService({ model: scripted("an answer") })
  const client = await guest()
  await (await client.post("Hello")).readAll()
  const feed = await client.events()
  const response = await rename(client, "  My\n favourite   chat ")
  expect([response.status, await response.json()]).toEqual([200, { title: "My favourite chat" }])
  await feed.next({ type: "chat-renamed", chatId: client.chatId, title: "My favourite chat" })
  expect((await listed(client)).map(({ title }) => title)).toEqual(["My favourite chat"])
  expect(await listed(client, "?search=FAVOURITE")).toHaveLength(1)
  expect(await listed(client, "?search=nowhere")).toEqual([])
  const [found] = await listed(client, "?search=answer")
  expect(found?.snippet).toEqual({ before: "an ", hit: "answer", after: "" })
})

test("an invalid title and an unknown chat are refused", async () => {
  const { guest } = await freshService({ model: scripted("an answer") })
  const client = await guest()
  await (await client.post("Hello")).readAll()
  for (const title of ["", "  \n", "\u200b", "x".repeat(101), "nul\0", "\ud800", 7, null])
    expect(await codeOf(await rename(client, title))).toBe("400 invalid_title")
  expect(await codeOf(await rename(client, "fine", { origin: "https://evil.example" }))).toBe("403 origin_not_allowed")
  const other = Object.assign(await guest(), { chatId: client.chatId })
  expect(await codeOf(await rename(other, "fine"))).toBe("404 chat_not_found")
  expect((await listed(client)).map(({ title }) => title)).toEqual(["Hello"])
})

test("an invalid search is refused, and an empty one lists all chats", async () => {
  const { guest } = await freshService({ model: scripted("an answer") })
  const client = await guest()
  await (await client.post("Hello")).readAll()
  const asked = async (query: string) => codeOf(await client.request(`/api/chats${query}`))
  expect(await asked(`?search=${"x".repeat(201)}`)).toBe("400 invalid_request")
  expect(await asked("?search=%00")).toBe("400 invalid_text")
  expect(await asked("?search=a&search=b")).toBe("400 duplicate_parameter")
  expect(await asked("?cursor=2026-01-01T00:00:00Z_none")).toBe("400 invalid_cursor")
  expect(await listed(client, "?search=%20")).toHaveLength(1)
})

test("B70 deleting a chat while its answer is written ends the answer for every reader", async () => {
  const model = scripted("one, and then some more of it, and after that two three four", { held: true })
  const { guest, charges } = await freshService({ model, environment: { SAVE_EVERY_CHARS: "20" } })
  const client = await guest()
  const first = await client.post("count")
  await model.releaseUntil("two")
  await first.readUntil("two")
  const second = await client.follow()
  await second.readUntil("two")
  // The charge follows from the stored text.
  await expect.poll(async () => (await client.messages()).at(-1)?.parts.length).toBeGreaterThan(0)
  expect((await client.request(`/api/chat/${client.chatId}`, { method: "DELETE" })).status).toBe(200)
  for (const reader of [first, second]) {
    await reader.readAll()
    expect(reader.events.at(-1)?.chunk).toEqual({ type: "error", errorText: "This chat was deleted." })
  }
  expect(model.brokenOff).toBe(1)
  expect((await client.follow()).response.status).toBe(204)
  expect((await client.request(`/api/chat/${client.chatId}/messages`)).status).toBe(404)
  expect((await client.request(`/api/chat/${client.chatId}`, { method: "DELETE" })).status).toBe(404)
  expect(await listed(client)).toEqual([])
  expect(await charges()).toMatchObject([{ estimated: true }])
})

test("L2 a deletion that could be undone for a while spares turns that began meanwhile", async () => {
  const { guest } = await freshService({ model: scripted("an answer") })
  const client = await guest()
  await (await client.post("Hello")).readAll()
  const remove = (query: string) => client.request(`/api/chat/${client.chatId}${query}`, { method: "DELETE" })
  for (const odd of ["-1", "1.5", "x", "", "3600001"])
    expect(await codeOf(await remove(`?askedMsAgo=${odd}`))).toBe("400 invalid_request")
  expect(await codeOf(await remove("?askedMsAgo=1&askedMsAgo=1"))).toBe("400 duplicate_parameter")
  expect(await codeOf(await remove("?askedMsAgo=3600000"))).toBe("409 chat_gone_on")
  expect((await client.messages()).length).toBe(2)
  expect((await remove("?askedMsAgo=0")).status).toBe(200)
  expect(await listed(client)).toEqual([])
})

test("a producer that misses the notice of its chat's deletion learns of it at its next lease renewal", async () => {
  const model = scripted("one two three", { held: true })
  const { guest, services } = await freshService({ model })
  const client = await guest()
  const first = await client.post("count")
  await first.readUntilChunk("start")
  const [chat] = await listed(client)
  const owner = await services.database.db.query.chat.findFirst()
  await services.chat.repository.chats.delete(chat?.id ?? "", owner?.userId ?? "")
  await services.chat.running.renew()
  await first.readAll()
  expect(first.events.at(-1)?.chunk).toEqual({ type: "error", errorText: "This chat was deleted." })
})

test("a chat gets a better title once its first message is answered, without another model call", async () => {
  const question =
    "Please could you explain to me at some length how it is that an answer survives a reload of the page?"
  const model = scripted("Sure.\n\n## How answers survive\n\nThey are stored.")
  const { guest } = await freshService({ model })
  const client = await guest()
  const feed = await client.events()
  await (await client.post(question)).readAll()
  await feed.next({ type: "chat-renamed", chatId: client.chatId, title: "How answers survive" })
  expect((await listed(client))[0]?.title).toBe("How answers survive")
  expect(model.calls).toHaveLength(1)
})

test("with TITLE_MODEL a model names the chat once, uncharged", async () => {
  const model = scripted((call) => (isTitle(call) ? '"A Fitting Title."\nand more' : "an answer"))
  const { guest, charges } = await freshService({ model, environment: titleModel })
  const client = await guest()
  await (await client.post("Hello")).readAll()
  await vi.waitUntil(async () => (await listed(client))[0]?.title === "A Fitting Title", { timeout: hangMs })
  await (await client.post("again")).readAll()
  expect(model.calls.filter(isTitle)).toHaveLength(1)
  expect(await charges()).toHaveLength(2)
})

test("U5 a title model's thoughts stay out of the title, and an unusable title leaves the provisional one", async () => {
  const replies = ["<think>\nhm\n</think>\n\nNumbers that add up", "Okay, the user asks for a title"]
  const model = scripted((call) => (isTitle(call) ? (replies.shift() ?? "") : "an answer"))
  const { guest, services } = await freshService({ model, environment: titleModel })
  const named = vi.spyOn(services.chat.titler, "nameChat")
  for (const title of ["Numbers that add up", "add up the numbers"]) {
    const client = await guest()
    await (await client.post("add up the numbers")).readAll()
    await vi.waitUntil(() => named.mock.calls.length > 0, { timeout: hangMs })
    await named.mock.results[0]?.value
    expect((await listed(client))[0]?.title).toBe(title)
    named.mockClear()
  }
})

test("a rename wins over a title that is still being generated, and a failing model leaves the provisional title", async () => {
  const model = scripted((call) => (isTitle(call) ? "Too late" : "an answer"))
  const { guest, services } = await freshService({ model, environment: titleModel })
  const client = await guest()
  const named = vi.spyOn(services.chat.titler, "nameChat")
  const asked = Promise.withResolvers<void>()
  const thought = Promise.withResolvers<void>()
  const generate = model.doGenerate.bind(model)
  model.doGenerate = async (call) => {
    asked.resolve()
    await thought.promise
    return generate(call)
  }
  await (await client.post("Hello")).readAll()
  await asked.promise
  await rename(client, "Mine")
  thought.resolve()
  await named.mock.results[0]?.value
  expect((await listed(client))[0]?.title).toBe("Mine")

  model.doGenerate = async () => {
    throw new Error("no title today")
  }
  const next = await guest()
  await (await next.post("hello there")).readAll()
  await vi.waitUntil(() => named.mock.calls.length === 2, { timeout: hangMs })
  await named.mock.results[1]?.value
  expect((await listed(next))[0]?.title).toBe("hello there")
})

const titleModel = { TITLE_MODEL: "title-model", CHAT_MODELS: "title-model" }

function isTitle(call: { prompt: { role: string; content: unknown }[] }): boolean {
  return String(call.prompt[0]?.content).startsWith("You name conversations")
}

function rename(client: Client, title: unknown, headers: HeadersInit = {}): Promise<Response> {
  return client.request(`/api/chat/${client.chatId}`, { method: "PATCH", json: { title }, headers })
}

async function listed(client: Client, query = ""): Promise<ChatSummary[]> {
  return ((await (await client.request(`/api/chats${query}`)).json()) as { chats: ChatSummary[] }).chats
}

async function codeOf(response: Response): Promise<string> {
  const body = (await response.json()) as { error?: { code: string } }
  return [response.status, body.error?.code].filter(Boolean).join(" ")
}
