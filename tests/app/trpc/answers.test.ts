import { randomUUID } from "node:crypto"
import { describe, expect, test } from "vitest"
import { chat } from "#db/schema.ts"
import { freshService } from "#tests/support/clients/service.ts"
import { question, refusalOf, trpcTab, trpcWays, wholeText } from "#tests/support/clients/trpc-tab.ts"
import { breaksAfter, scripted } from "#tests/support/providers/scripted-model.ts"

describe.each(trpcWays)("over %s", (way) => {
  test("a question is sent and its answer followed, live and to its end, under the stream's own event ids", async () => {
    const model = scripted("one two three four", { held: true })
    const { guest, charges } = await freshService({ model })
    const client = await guest()
    const { trpc, follow } = await trpcTab(client, way)
    const { streamId } = await trpc.chat.send.mutate(question(client.chatId, "count"))
    const reading = follow()
    await model.releaseUntil("two")
    await reading.untilText("one two")
    const second = await client.follow()
    expect(second.response.headers.get("x-stream-id")).toBe(streamId)
    model.release()
    expect(await wholeText(reading)).toBe("one two three four")
    await second.readAll()
    expect(reading.events[0]?.chunk).toMatchObject({ type: "start" })
    expect(reading.events.at(-1)).toEqual(second.events.at(-1))
    expect(model.calls).toHaveLength(1)
    expect(await charges()).toHaveLength(1)
  })

  test("the same question again finds the same stream, while it runs and after it", async () => {
    const model = scripted("one two", { held: true })
    const { guest, charges } = await freshService({ model })
    const client = await guest()
    const { trpc, follow } = await trpcTab(client, way)
    const asked = question(client.chatId, "count")
    const first = await trpc.chat.send.mutate(asked)
    expect(await trpc.chat.send.mutate(asked)).toEqual(first)
    model.release()
    await wholeText(follow())
    expect(await trpc.chat.send.mutate(asked)).toEqual(first)
    expect(await charges()).toHaveLength(1)
  })

  test("a send takes no reader's place: the answer is written, and nobody has to read it", async () => {
    const { guest, services } = await freshService({ model: scripted("one two") })
    const client = await guest()
    const { trpc } = await trpcTab(client, way)
    await trpc.chat.send.mutate(question(client.chatId, "count"))
    await expect.poll(async () => (await client.messages()).at(-1)?.metadata?.status).toBe("COMPLETE")
    expect(services.reports.readProcess().readers).toBe(0)
  })

  test("an ended answer comes whole from the store, without ids to continue from", async () => {
    const { guest } = await freshService({ model: scripted("all of it") })
    const client = await guest()
    const posted = await client.post("hello")
    await posted.readAll()
    const { follow } = await trpcTab(client, way)
    const stored = follow()
    expect(await wholeText(stored)).toBe("all of it")
    expect(new Set(stored.events.map(({ id }) => id))).toEqual(new Set(["stored"]))
    const again = follow({ lastEventId: "stored" })
    expect(await wholeText(again)).toBe("all of it")
    expect(again.events).toEqual(stored.events)
  })

  test("a reader that has the last event, and one of an empty chat, hear at once that there is nothing more", async () => {
    const { guest } = await freshService({ model: scripted("all of it") })
    const client = await guest()
    const { follow } = await trpcTab(client, way)
    const empty = follow()
    await empty.ended
    expect(empty.events).toEqual([])
    const posted = await client.post("hello")
    await posted.readAll()
    const again = follow({ lastEventId: posted.events.at(-1)?.id as "1-1" }) // an id of the server's
    await again.ended
    expect(again.events).toEqual([])
  })

  test("a named stream is followed though a newer one runs, so that no position is taken for another stream's", async () => {
    const model = scripted("one two three", { held: true })
    const { guest } = await freshService({ model })
    const client = await guest()
    const { trpc, follow } = await trpcTab(client, way)
    const { streamId } = await trpc.chat.send.mutate(question(client.chatId, "first"))
    const left = follow({ streamId })
    await model.releaseUntil("two")
    await left.untilText("two")
    left.leave()
    const lastEventId = left.events.at(-1)?.id as "1-1" // an id of the server's
    await trpc.chat.stop.mutate({ chatId: client.chatId })
    await trpc.chat.send.mutate(question(client.chatId, "second"))

    const stopped = follow({ streamId, lastEventId })
    expect(await wholeText(stopped)).toBe("one two")
    expect(stopped.events[0]?.chunk).toMatchObject({ type: "start" })
    const newest = follow()
    model.release()
    expect(await wholeText(newest)).toBe("one two three")
  })

  test("a position that the stream cannot continue from starts it over, as its first chunk says", async () => {
    const model = scripted("one two", { held: true })
    const { guest } = await freshService({ model })
    const client = await guest()
    const { trpc, follow } = await trpcTab(client, way)
    await trpc.chat.send.mutate(question(client.chatId, "count"))
    const reset = follow({ lastEventId: "7-1" })
    await reset.until((events) => events.length > 0)
    expect(reset.events[0]?.chunk).toMatchObject({ type: "start" })
    model.release()
    expect(await wholeText(reset)).toBe("one two")
  })

  test("stop keeps the text so far, and every reader hears of it", async () => {
    const model = scripted("one two three", { held: true })
    const { guest } = await freshService({ model })
    const client = await guest()
    const { trpc, follow } = await trpcTab(client, way)
    const { chatId } = client
    expect(await refusalOf(trpc.chat.stop.mutate({ chatId }))).toMatchObject({
      httpStatus: 404,
      code: "chat_not_found",
    })
    const { streamId } = await trpc.chat.send.mutate(question(chatId, "count"))
    const reading = follow()
    await model.releaseUntil("two")
    await reading.untilText("two")
    const mismatch = trpc.chat.stop.mutate({ chatId, streamId: randomUUID() })
    expect(await refusalOf(mismatch)).toMatchObject({ httpStatus: 404, code: "stream_not_found" })
    expect(await trpc.chat.stop.mutate({ chatId, streamId })).toEqual({ stopped: true })
    await reading.ended
    expect(reading.events.at(-1)?.chunk).toMatchObject({ type: "abort" })
    expect(await trpc.chat.stop.mutate({ chatId })).toEqual({ stopped: false })
    const { messages } = await trpc.chat.history.query({ chatId })
    expect(messages.at(-1)).toMatchObject({ role: "assistant", metadata: { status: "STOPPED" } })
  })

  test("history is what the address of the messages says", async () => {
    const { guest } = await freshService({ model: breaksAfter("half", new Error("no")) })
    const client = await guest()
    const { trpc } = await trpcTab(client, way)
    await (await client.post("hello")).readAll()
    const { messages } = await trpc.chat.history.query({ chatId: client.chatId })
    expect(messages).toEqual(await client.messages())
    expect(messages.at(-1)).toMatchObject({ metadata: { status: "ERROR" } })
  })

  test("another user's chat is like an unknown one, whatever is asked of it", async () => {
    const model = scripted("one two", { held: true })
    const { guest, services } = await freshService({ model })
    const owner = await guest()
    const posted = await owner.post("mine")
    const streamId = posted.response.headers.get("x-stream-id") ?? ""
    const { trpc, follow } = await trpcTab(await guest(), way)
    for (const chatId of [owner.chatId, randomUUID()]) {
      const notFound = { httpStatus: 404, code: "chat_not_found" }
      expect(await refusalOf(trpc.chat.history.query({ chatId }))).toMatchObject(notFound)
      expect(await refusalOf(trpc.chat.stop.mutate({ chatId, streamId }))).toMatchObject(notFound)
      for (const input of [{ chatId }, { chatId, streamId }, { chatId, lastEventId: "1-1" as const }]) {
        const reading = follow(input)
        await reading.ended
        expect(reading.events).toEqual([])
      }
    }
    const taken = trpc.chat.send.mutate(question(owner.chatId, "mine too"))
    expect(await refusalOf(taken)).toMatchObject({ httpStatus: 404, code: "chat_not_found" })
    expect(await services.database.db.select().from(chat)).toHaveLength(1)
    model.release()
    expect(await posted.readAll()).toBe("one two")
  })

  test("with resuming off, an answer is sent, stopped and stored, and a running one comes as far as it is stored", async () => {
    const model = scripted("one two three", { held: true })
    const { guest } = await freshService({ model, environment: { RESUMABLE_STREAMS: "0" } })
    const client = await guest()
    const { trpc, follow } = await trpcTab(client, way)
    await trpc.chat.send.mutate(question(client.chatId, "count"))
    await model.called()
    const running = follow()
    await running.ended
    const same = await client.follow()
    await same.readAll()
    expect(running.events.map(({ chunk }) => chunk)).toEqual(same.events.map(({ chunk }) => chunk))
    model.release()
    await expect.poll(async () => (await client.messages()).at(-1)?.metadata?.status).toBe("COMPLETE")
    expect(await wholeText(follow())).toBe("one two three")
  })

  test("over the pubsub relay, a reader sees every word live and continues at its position", async () => {
    const model = scripted("one two three four", { held: true })
    const { guest } = await freshService({ model, environment: { STREAM_RELAY: "pubsub" } })
    const client = await guest()
    const { trpc, follow } = await trpcTab(client, way)
    await trpc.chat.send.mutate(question(client.chatId, "count"))
    const first = follow()
    await model.releaseUntil("two")
    await first.untilText("two")
    first.leave()
    const second = follow({ lastEventId: first.events.at(-1)?.id as "1-1" }) // an id of the server's
    await model.releaseUntil("three")
    await second.untilText("three")
    model.release()
    expect(first.text() + (await wholeText(second))).toBe("one two three four")
  })
})
