import { expect, test } from "vitest"
import { type Client, freshService } from "#tests/support/clients/service.ts"
import { neverAnswers, scripted } from "#tests/support/providers/scripted-model.ts"

test.each(["1", "0"])("stop keeps the text so far and ends every reader, with RESUMABLE_STREAMS=%s", async (flag) => {
  const model = scripted("one two three four", { held: true })
  const { guest, charges } = await freshService({ model, environment: { RESUMABLE_STREAMS: flag } })
  const client = await guest()
  const first = await client.post("count")
  await model.releaseUntil("two")
  await first.readUntil("two")
  const stopped = await client.stop({ streamId: first.response.headers.get("x-stream-id") })
  expect(await stopped.json()).toEqual({ stopped: true })

  const stored = (await client.messages()).at(-1)
  expect(stored?.metadata?.status).toBe("STOPPED")
  expect(stored?.parts.at(-1)).toMatchObject({ type: "text", text: "one two" })
  await first.readAll()
  expect(first.events.at(-1)?.chunk.type).toBe("abort")
  expect(first.events.map(({ chunk }) => chunk.type)).toContain("text-end")
  expect(first.isDone).toBe(true)
  expect(model.brokenOff).toBe(1)
  expect(await charges()).toHaveLength(1)
})

test("the stream to stop is named in capitals or small letters, like any UUID", async () => {
  const { guest } = await freshService({ model: neverAnswers() })
  const client = await guest()
  const first = await client.post("hello")
  const stopped = await client.stop({ streamId: first.response.headers.get("x-stream-id")?.toUpperCase() })
  expect(await stopped.json()).toEqual({ stopped: true })
})

test("F35 stopping twice, at once or after the end, is not an error", async () => {
  const model = scripted("one two", { held: true })
  const { guest } = await freshService({ model })
  const client = await guest()
  const first = await client.post("count")
  await first.readUntilChunk("start")
  const stops = await Promise.all([client.stop(), client.stop()])
  expect(stops.map((response) => response.status)).toEqual([200, 200])
  expect(await Promise.all(stops.map((response) => response.json()))).toContainEqual({ stopped: true })
  expect(await (await client.stop()).json()).toEqual({ stopped: false })
  expect((await client.messages()).at(-1)?.metadata?.status).toBe("STOPPED")
})

test("an answer can be stopped before its first word", async () => {
  const { guest } = await freshService({ model: neverAnswers() })
  const client = await guest()
  const first = await client.post("hello")
  await first.readUntilChunk("start")
  expect(await (await client.stop()).json()).toEqual({ stopped: true })
  await first.readAll()
  expect(first.events.at(-1)?.chunk.type).toBe("abort")
  const next = await client.post("another")
  expect(next.response.status).toBe(200)
  await client.stop()
})

test("B40 F35 a stop for an older answer does not stop the newer one", async () => {
  const model = scripted((call) => `answer ${call.prompt.length}`, { held: true })
  const { guest } = await freshService({ model })
  const client = await guest()
  const older = await client.post("one")
  await model.releaseUntil("answer 2")
  await older.readAll()
  const newer = await client.post("two")
  const response = await client.stop({ streamId: older.response.headers.get("x-stream-id") })
  expect(response.status).toBe(409)
  expect(await response.json()).toMatchObject({
    error: { code: "stream_mismatch", streamId: newer.response.headers.get("x-stream-id") },
  })
  model.release()
  await newer.readAll()
  expect(await statusIn(client)).toBe("COMPLETE")
})

test("a stop whose notice is lost still works: the producer reads the flag in the database", async () => {
  const model = scripted("one two three", { held: true })
  const { guest, services } = await freshService({ model })
  const client = await guest()
  const first = await client.post("count")
  await model.releaseUntil("one")
  const streamId = first.response.headers.get("x-stream-id") ?? ""
  await services.chat.repository.streams.requestStop(streamId)
  await services.chat.running.renew()
  await first.readAll()
  expect(await statusIn(client)).toBe("STOPPED")
})

test("a client that disconnects does not stop the answer", async () => {
  const model = scripted("one two three", { held: true })
  const { guest } = await freshService({ model })
  const client = await guest()
  const first = await client.post("count")
  await model.releaseUntil("one")
  await first.leave()
  model.release()
  await expect.poll(() => statusIn(client)).toBe("COMPLETE")
})

test("deleting a chat stops its answer and leaves nothing behind", async () => {
  const model = scripted("one two three", { held: true })
  const { guest } = await freshService({ model })
  const client = await guest()
  await client.post("count")
  await model.releaseUntil("one")
  const response = await client.request(`/api/chat/${client.chatId}`, { method: "DELETE" })
  expect(response.status).toBe(200)
  expect(model.brokenOff).toBe(1)
  expect((await client.follow()).response.status).toBe(204)
  expect((await client.request(`/api/chat/${client.chatId}/messages`)).status).toBe(404)
})

async function statusIn(client: Client): Promise<string | undefined> {
  return (await client.messages()).at(-1)?.metadata?.status
}
