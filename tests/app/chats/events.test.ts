import { randomUUID } from "node:crypto"
import { expect, test, vi } from "vitest"
import type { UserNews } from "#lib/chat-protocol.ts"
import { type Client, freshService, stranger } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { twoProcesses, useRedis } from "#tests/support/relays/two-processes.ts"

const redis = useRedis()

/** The guest's session with another chat, as in another tab. */
function otherChat(client: Client): Client {
  return Object.assign(client.withoutCookie("none"), { chatId: randomUUID() })
}

test("other tabs hear of a new chat, its turn and how the turn ended, each once", async () => {
  const model = scripted("one two", { held: true })
  const { guest } = await freshService({ model })
  const client = await guest()
  const [feed, second] = await Promise.all([client.events(), client.events()])
  expect(feed.response.headers.get("content-type")).toBe("text/event-stream")
  await feed.next({ type: "state" })
  await second.next({ type: "state" })

  const answer = await client.post("hello")
  const streamId = answer.response.headers.get("x-stream-id")
  const start = await answer.readUntilChunk("start")
  model.release()
  await answer.readAll()
  for (const tab of [feed, second]) {
    await tab.next({ type: "turn-ended" })
    const turn = { chatId: client.chatId, streamId, messageId: start.messageId }
    expect(tab.events).toEqual([
      { type: "state", running: [] },
      { type: "chat-created", chatId: client.chatId, agent: "assistant", title: "hello" },
      { type: "turn-started", ...turn },
      { type: "turn-ended", ...turn, status: "COMPLETE" },
    ])
  }
})

test("an answer is stored before subscribers hear of its end", async () => {
  const model = scripted("one two")
  const { guest } = await freshService({ model })
  const client = await guest()
  for (const words of ["first", "second", "third"]) {
    const feed = await client.events()
    const answer = await client.post(words)
    await feed.next({ type: "turn-ended", status: "COMPLETE" })
    expect((await client.messages()).at(-1)?.metadata?.status).toBe("COMPLETE")
    await answer.readAll()
    expect(feed.events.filter(({ type }) => type === "chat-created")).toHaveLength(words === "first" ? 1 : 0)
    await feed.leave()
  }
})

test("a turn that is already running is in the initial state", async () => {
  const model = scripted("one two", { held: true })
  const { guest } = await freshService({ model })
  const client = await guest()
  const answer = await client.post("hello")
  const { messageId } = await answer.readUntilChunk("start")
  const streamId = answer.response.headers.get("x-stream-id")
  const feed = await client.events()
  await feed.next({ type: "state" })
  expect(feed.events).toEqual([{ type: "state", running: [{ chatId: client.chatId, streamId, messageId }] }])
  await client.stop()
  await feed.next({ type: "turn-ended", streamId, status: "STOPPED" })
})

test("a turn that begins or ends while a tab connects is in the state or announced afterwards, never both", async () => {
  const model = scripted("one", { held: true })
  const { guest, services } = await freshService({ model })
  const client = await guest()
  const read = services.chat.repository.turns.list
  const ending = await client.post("ends while the database is read")
  const endingId = ending.response.headers.get("x-stream-id")
  let beginning: string | null = null
  // The slowest case: everything happens between the query and its result, or before the query.
  vi.spyOn(services.chat.repository.turns, "list").mockImplementationOnce(async (asked) => {
    const rows = await read(asked)
    await client.stop()
    const begun = await otherChat(client).post("begins meanwhile")
    beginning = begun.response.headers.get("x-stream-id")
    return [...rows, ...(await read(asked))]
  })
  const feed = await client.events()
  await feed.next({ type: "state" })
  await services.chat.events.poll()
  services.chat.events.publish("nobody", { type: "chat-deleted", chatId: client.chatId })
  model.release()
  await feed.next({ type: "turn-ended", streamId: beginning })
  const seen = feed.events.flatMap((event) =>
    event.type === "state"
      ? (event["running"] as { streamId: string }[]).map(({ streamId }) => ["runs", streamId])
      : [],
  )
  expect(seen).toEqual([["runs", beginning]])
  expect(feed.events.filter((event) => event["streamId"] === endingId)).toEqual([])
  expect(feed.events.map(({ type }) => type)).toEqual(["state", "turn-ended"])
})

test("B9 users never hear of another user's chats", async () => {
  const { guest } = await freshService({ model: scripted("secret") })
  const client = await guest()
  const other = await guest()
  const feed = await other.events()
  await (await client.post("mine")).readAll()
  await (await other.post("theirs")).readAll()
  await feed.next({ type: "turn-ended" })
  expect(JSON.stringify(feed.events)).not.toContain(client.chatId)
})

test("a deleted chat is announced after the end of the answer that ran in it", async () => {
  const { guest } = await freshService({ model: scripted("one", { held: true }) })
  const client = await guest()
  await client.post("hello")
  const feed = await client.events()
  await client.request(`/api/chat/${client.chatId}`, { method: "DELETE" })
  await feed.next({ type: "chat-deleted", chatId: client.chatId })
  expect(feed.events.map(({ type }) => type)).toEqual(["state", "turn-ended", "chat-deleted"])
})

test("failed and regenerated answers are announced as such", async () => {
  const model = scripted("one", { ending: "cut-off" })
  const { guest } = await freshService({ model })
  const client = await guest()
  const feed = await client.events()
  await (await client.post("hello")).readAll()
  await feed.next({ type: "turn-ended", status: "ERROR" })
  const json = { id: client.chatId, trigger: "regenerate-message" }
  await (await client.request("/api/chat", { method: "POST", json })).text()
  await feed.next({ type: "turn-ended", status: "ERROR" })
  expect(feed.events.map(({ type }) => type)).toEqual([
    "state",
    "chat-created",
    "turn-started",
    "turn-ended",
    "turn-started",
    "turn-ended",
  ])
})

test("a failing publish does not harm the turn, and is logged", async () => {
  const { guest, services } = await freshService({ model: scripted("one two") })
  const client = await guest()
  const outOfReach = new Error("out of reach")
  vi.spyOn(services.store, "publish").mockRejectedValue(outOfReach)
  const warned = vi.spyOn(services.logger, "warn")
  expect(await (await client.post("hello")).readAll()).toBe("one two")
  expect(warned).toHaveBeenCalledWith(expect.objectContaining({ err: outOfReach }), expect.anything())
})

test("events from a newer server version are ignored", async () => {
  const { guest, services } = await freshService({ model: scripted("one two") })
  const client = await guest()
  const feed = await client.events()
  await feed.next({ type: "state" })
  const [{ userId } = { userId: "" }] = await services.database.db.query.session.findMany()
  const renamed: UserNews = { type: "chat-renamed", chatId: client.chatId, title: "better" }
  for (const text of ["no JSON", JSON.stringify({ from: "x", userId, news: [{ type: "chat-painted" }] })])
    await services.store.publish("user-events", text)
  await services.store.publish("user-events", JSON.stringify({ from: "x", userId, news: [renamed] }))
  await feed.next(renamed)
  expect(feed.events).toHaveLength(2)
})

test("a user without subscribers costs no subscription and no database query", async () => {
  const { guest, services, other } = await twoProcesses(redis(), scripted("one"), scripted(""))
  const client = await guest()
  const feed = await client.events()
  await feed.next({ type: "state" })
  expect(await redis().command("PUBSUB", "NUMSUB", "user-events")).toEqual(["user-events", 1])
  await feed.leave()
  await expect.poll(() => redis().command("PUBSUB", "NUMSUB", "user-events")).toEqual(["user-events", 0])
  const asked = vi.spyOn(services.chat.repository.turns, "list")
  await services.chat.events.poll()
  await other.chat.events.poll()
  expect(asked).not.toHaveBeenCalled()
  await (await client.events()).next({ type: "state" })
})

test("B1 the feed is refused without a session", async () => {
  await freshService({ model: scripted("") })
  const response = await stranger().request("/api/events")
  expect(response.status).toBe(401)
  expect(await response.json()).toMatchObject({ error: { code: "unauthenticated" } })
})
