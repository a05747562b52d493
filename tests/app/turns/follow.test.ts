import { randomUUID } from "node:crypto"
import { sql } from "drizzle-orm"
import { describe, expect, test } from "vitest"
import type { NewTurn } from "#db/repository/turns/turn.ts"
import { chatStream, user } from "#db/schema.ts"
import { freshService } from "#tests/support/clients/service.ts"
import { grow } from "#tests/support/databases/turns.ts"
import { breaksAfter, scripted } from "#tests/support/providers/scripted-model.ts"

test("a second tab sees every word live, though it joins halfway", async () => {
  const model = scripted("one two three four", { held: true })
  const { guest, charges } = await freshService({ model })
  const client = await guest()
  const first = await client.post("count")
  await model.releaseUntil("two")
  await first.readUntil("two")

  const second = await client.follow()
  expect(second.response.headers.get("x-resume")).toBe("from-start")
  expect(second.response.headers.get("x-stream-id")).toBe(first.response.headers.get("x-stream-id"))
  await second.readUntil("one two")
  await second.readUntilChunk("text-delta")
  model.release()
  expect(await second.readAll()).toBe("one two three four")
  expect(await first.readAll()).toBe("one two three four")
  expect(second.comments).toContain("caught-up")
  expect(second.events.at(-1)).toEqual(first.events.at(-1))
  expect(second.isDone).toBe(true)
  expect(model.calls).toHaveLength(1)
  expect(await charges()).toHaveLength(1)
})

test("a returning reader gets the events after its position, and none twice", async () => {
  const model = scripted("one two three four", { held: true })
  const { guest } = await freshService({ model })
  const client = await guest()
  const first = await client.post("count")
  await model.releaseUntil("two")
  await first.readUntil("two")
  const position = first.events.at(-1)?.id
  await first.leave()
  await model.releaseUntil("three")
  const again = await client.follow(`&after=${position}`)
  expect(again.response.headers.get("x-resume")).toBe("continued")
  model.release()
  expect(first.text() + (await again.readAll())).toBe("one two three four")
  expect(again.events.map(({ chunk }) => chunk.type)).not.toContain("start")
})

test("a position in an older answer gives that answer's end, not the rest of the newer one", async () => {
  const model = scripted("one two three four", { held: true })
  const { guest } = await freshService({ model })
  const client = await guest()
  const first = await client.post("count")
  await model.releaseUntil("two")
  await first.readUntil("two")
  const position = first.events.at(-1)?.id
  const streamId = first.response.headers.get("x-stream-id") ?? ""
  await client.stop()
  const second = await client.post("count again")
  await model.releaseUntil("one")

  const again = await client.follow(`&after=${position}&streamId=${streamId}`)
  expect(again.response.headers.get("x-resume")).toBe("stored")
  expect(again.response.headers.get("x-stream-id")).toBe(streamId)
  expect(await again.readAll()).toBe("one two")
  expect(again.events.at(-1)?.chunk).toMatchObject({ messageMetadata: { status: "STOPPED" } })
  const newest = await client.follow(`&streamId=${second.response.headers.get("x-stream-id")}`)
  model.release()
  expect(await newest.readAll()).toBe("one two three four")
  expect((await client.follow(`&streamId=${randomUUID()}`)).response.status).toBe(204)
  expect((await client.follow("&streamId=newest")).response.status).toBe(400)
})

test("B9 B11 an unknown position restarts the stream from the beginning", async () => {
  const model = scripted("one two", { held: true })
  const { guest } = await freshService({ model })
  const client = await guest()
  await (await client.post("count")).readUntilChunk("start")
  for (const position of ["1-9999", "7-1"]) {
    const reset = await client.follow(`&after=${position}`)
    expect(reset.response.headers.get("x-resume")).toBe("reset")
    expect(await reset.readUntilChunk("start")).toMatchObject({ type: "start" })
    await reset.leave()
  }
  model.release()
})

test("F38 a reload in the first moment finds the answer before its first word", async () => {
  const model = scripted("late", { held: true })
  const { guest } = await freshService({ model })
  const client = await guest()
  const [posted] = await Promise.all([
    client.post("hello"),
    // The POST has not arrived yet: a page that opens now asks until the row is there.
    expect.poll(async () => (await client.follow()).response.status, { interval: 1 }).toBe(200),
  ])
  model.release()
  expect(await posted.readAll()).toBe("late")
})

test("a stock client's address gives a running stream, and 204 if none runs", async () => {
  const model = scripted("one two", { held: true })
  const { guest } = await freshService({ model })
  const client = await guest()
  const stream = () => client.request(`/api/chat/${client.chatId}/stream`)
  expect((await stream()).status).toBe(204)
  const first = await client.post("count")
  expect((await stream()).status).toBe(200)
  model.release()
  await first.readAll()
  expect((await stream()).status).toBe(204)
})

describe("when no answer is running", () => {
  test("an empty chat gives 204, and a stored answer a short stream of it", async () => {
    const { guest } = await freshService({ model: scripted("all of it") })
    const client = await guest()
    expect((await client.follow()).response.status).toBe(204)
    const first = await client.post("hello")
    await first.readAll()
    const stored = await client.follow()
    expect(stored.response.headers.get("x-resume")).toBe("stored")
    expect(await stored.readAll()).toBe("all of it")
    expect(stored.events.map(({ chunk }) => chunk.type)).toEqual([
      "start",
      "start-step",
      "text-start",
      "text-delta",
      "text-end",
      "finish",
    ])
    expect(stored.events.every(({ id }) => id === undefined)).toBe(true)
    expect(stored.events[0]?.chunk).toMatchObject({ messageId: (await client.messages()).at(-1)?.id })
  })

  test("a reader that already has the last event gets 204", async () => {
    const { guest } = await freshService({ model: scripted("all of it") })
    const client = await guest()
    const first = await client.post("hello")
    await first.readAll()
    expect((await client.follow(`&after=${first.events.at(-1)?.id}`)).response.status).toBe(204)
    expect((await client.follow("&after=1-2")).response.status).toBe(200)
  })

  test("a failed answer comes with its text and its error", async () => {
    const { guest } = await freshService({ model: breaksAfter("half", new Error("no")) })
    const client = await guest()
    await (await client.post("hello")).readAll()
    const stored = await client.follow()
    expect(await stored.readAll()).toBe("half")
    expect(stored.events.at(-1)?.chunk).toMatchObject({ type: "finish", messageMetadata: { status: "ERROR" } })
  })
})

test("F52 a dead producer's answer is reported as INTERRUPTED, and the chat goes on", async () => {
  const model = scripted("one two three")
  const { guest, services } = await freshService({ model, environment: { CRASH_RECOVERY: "interrupt" } })
  const client = await guest()
  const { db } = services.database
  const [owner] = await db.select().from(user)
  const leftBehind: NewTurn = {
    userId: owner?.id ?? "",
    chatId: client.chatId,
    streamId: randomUUID(),
    agent: "assistant",
    title: "count",
    asks: { kind: "submit", message: { id: randomUUID(), parts: [{ type: "text", text: "count" }] } },
    answer: { id: randomUUID(), metadata: {} },
    leaseMs: 10_000,
    maxStreams: undefined,
    needsCredits: false,
  }
  await services.chat.repository.turns.register(leftBehind)
  await grow(services.chat.repository, leftBehind, "one")
  await db.update(chatStream).set({ leaseExpiresAt: sql`now() - interval '1 second'` })

  const stored = await client.follow()
  expect(stored.response.headers.get("x-resume")).toBe("stored")
  expect(await stored.readAll()).toBe("one")
  expect((await client.messages()).at(-1)?.metadata?.status).toBe("INTERRUPTED")
  const next = await client.post("go on")
  expect(await next.readAll()).toBe("one two three")
})

test("F55 with the feature off a running answer cannot be followed, but is stored and charged as usual", async () => {
  const model = scripted("one two three", { held: true })
  const environment = { RESUMABLE_STREAMS: "0" }
  const { guest, charges } = await freshService({ model, environment })
  const client = await guest()
  const first = await client.post("count")
  expect(first.response.headers.has("x-resume")).toBe(false)
  await model.releaseUntil("two")
  await first.readUntil("two")
  const second = await client.follow()
  expect(second.response.headers.get("x-resume")).toBe("stored")
  await second.readAll()
  expect((await client.request(`/api/chat/${client.chatId}/stream`)).status).toBe(204)
  await first.leave()
  model.release()
  await expect.poll(async () => (await client.messages()).at(-1)?.metadata?.status).toBe("COMPLETE")
  expect(await (await client.follow()).readAll()).toBe("one two three")
  expect(await charges()).toHaveLength(1)
})
