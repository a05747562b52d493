import { expect, test, vi } from "vitest"
import { chatStream } from "#db/schema.ts"
import { recover, recoverAll } from "#lib/generation/recover.ts"
import { scripted } from "#tests/support/scripted-model.ts"
import type { Client } from "#tests/support/service.ts"
import { twoProcesses, useRedis } from "#tests/support/two-processes.ts"

const redis = useRedis()

test("F1 another process goes on in the same stream: one text, one end, one charge", async () => {
  const first = scripted("one two three four", { held: true })
  const second = scripted("three four", { held: true })
  const { guest, charges, loseFirst, other } = await twoProcesses(redis(), first, second)
  const client = await guest()
  const answer = await client.post("count to four")
  await first.releaseUntil("two")
  await answer.readUntil("two")
  const position = answer.events.at(-1)?.id
  const streamId = answer.response.headers.get("x-stream-id") ?? ""
  await expect.poll(async () => (await other.chat.relay.readLog(streamId))?.at(-1)?.id).toBe(position)

  await loseFirst()
  const follower = await client.follow(`&after=${position}`)
  expect(follower.response.headers.get("x-resume")).toBe("continued")
  second.release()
  expect(await follower.readAll()).toBe("three four")
  expect(follower.events.map(({ id }) => id?.split("-")[0])).toEqual(follower.events.map(() => "2"))
  expect(follower.events.at(-1)?.chunk).toMatchObject({ type: "finish", messageMetadata: { status: "COMPLETE" } })

  const stored = (await client.messages()).at(-1)
  expect(textOf(stored)).toBe("one twothree four")
  expect(stored?.metadata?.status).toBe("COMPLETE")
  expect(await charges()).toMatchObject([{ streamId, estimated: true }])
  expect(JSON.stringify(second.calls[0]?.prompt)).toContain("one two")
})

test("F1 a follower that knew more than the log goes on without a reset: its words are written, too", async () => {
  const first = scripted("one two three four", { held: true })
  const second = scripted(" and the rest", { held: true })
  const { guest, services, other, loseFirst } = await twoProcesses(redis(), first, second)
  const client = await guest()
  const answer = await client.post("count")
  await first.releaseUntil("one")
  await answer.readUntil("one")
  const streamId = answer.response.headers.get("x-stream-id") ?? ""
  await expect.poll(async () => (await other.chat.relay.readLog(streamId))?.at(-1)?.id).toBe(answer.events.at(-1)?.id)
  globalThis.rejoinServices = Promise.resolve(other)
  const follower = await client.follow()
  await follower.readUntil("one")
  // From here on the log hears nothing any more, the follower does.
  services.store.append = () => new Promise(() => undefined)
  await first.releaseUntil("three")
  await follower.readUntil("three")

  await loseFirst()
  await recoverAll(other.chat)
  second.release()
  expect(await follower.readAll()).toBe("one two three and the rest")
  expect(follower.isDone).toBe(true)
  expect(textOf((await client.messages()).at(-1))).toBe(follower.text())
  const log = await other.chat.relay.readLog(streamId)
  expect(log?.map(({ chunk }) => (chunk.type === "text-delta" ? chunk.delta : "")).join("")).toBe(follower.text())
})

test("a replaced producer that wakes up can write nothing, and its readers find the stream where it goes on", async () => {
  const first = scripted("one two three four", { held: true })
  const second = scripted("and the rest", { held: true })
  const { guest, loseFirst, other } = await twoProcesses(redis(), first, second)
  const client = await guest()
  const answer = await client.post("count")
  await first.releaseUntil("two")
  await answer.readUntil("two")
  await loseFirst()
  await recoverAll(other.chat)
  await second.called()
  first.release()
  await answer.readAll()
  expect(answer.isDone).toBe(false)
  second.release()
  await expect.poll(() => statusIn(client)).toBe("COMPLETE")
  expect(textOf((await client.messages()).at(-1))).toMatch(/and the rest$/)
})

test("of many that notice a dead producer one carries on", async () => {
  const first = scripted("one two", { held: true })
  const second = scripted("three")
  const { guest, charges, loseFirst, other } = await twoProcesses(redis(), first, second)
  const client = await guest()
  const answer = await client.post("count")
  await answer.readUntilChunk("start")
  const streamId = answer.response.headers.get("x-stream-id") ?? ""
  await loseFirst()
  await Promise.all(Array.from({ length: 8 }, () => recover(other.chat, streamId)))
  await expect.poll(() => statusIn(client)).toBe("COMPLETE")
  expect(second.calls).toHaveLength(1)
  expect(await charges()).toHaveLength(1)
})

test("without a log the stored text is gone on from, and who had seen more is reset", async () => {
  const first = scripted("x".repeat(400), { held: true, chunkChars: 50 })
  const second = scripted("the rest", { held: true })
  const { guest, loseFirst, other } = await twoProcesses(redis(), first, second)
  const client = await guest()
  const answer = await client.post("go")
  await first.releaseUntil("x".repeat(350))
  await answer.readUntil("x".repeat(350))
  await expect.poll(async () => textOf((await client.messages()).at(-1)).length).toBeGreaterThanOrEqual(200)
  // All it had to say is in the log: so it will not write the log anew.
  const position = answer.events.at(-1)?.id
  const streamId = answer.response.headers.get("x-stream-id") ?? ""
  await expect.poll(async () => (await other.chat.relay.readLog(streamId))?.at(-1)?.id).toBe(position)
  await loseFirst()
  await redis().stop()
  await redis().start()
  const follower = await client.follow(`&after=${position}`)
  expect(follower.response.headers.get("x-resume")).toBe("reset")
  second.release()
  expect(await follower.readAll()).toMatch(/^x+the rest$/)
  expect(textOf((await client.messages()).at(-1))).toBe(follower.text())
})

test("at most twice: what kills three producers is marked INTERRUPTED", async () => {
  const model = scripted("never", { held: true })
  const { guest, services, other, loseFirst } = await twoProcesses(redis(), model, model)
  const client = await guest()
  const answer = await client.post("go")
  await answer.readUntilChunk("start")
  const streamId = answer.response.headers.get("x-stream-id") ?? ""
  await services.database.db.update(chatStream).set({ epoch: 3 })
  await loseFirst()
  expect(await recover(other.chat, streamId)).toBe("ended")
  expect(await statusIn(client)).toBe("INTERRUPTED")
})

test("CRASH_RECOVERY=interrupt only marks, and what somebody stopped stays stopped", async () => {
  const model = scripted("one two", { held: true })
  const { guest, services, other, loseFirst } = await twoProcesses(redis(), model, model, {
    CRASH_RECOVERY: "interrupt",
  })
  const client = await guest()
  const answer = await client.post("go")
  await answer.readUntilChunk("start")
  const streamId = answer.response.headers.get("x-stream-id") ?? ""
  await services.chat.chats.requestStop(streamId)
  await loseFirst()
  expect(await recover(other.chat, streamId)).toBe("ended")
  expect(await statusIn(client)).toBe("STOPPED")
  expect(model.calls).toHaveLength(1)
})

test("F1 who is shown the stored growth, because there is no other way, hears of the producer's death as soon", async () => {
  const first = scripted("one two three four", { held: true })
  const { guest, other, loseFirst } = await twoProcesses(redis(), first, scripted("unused"), {
    CRASH_RECOVERY: "interrupt",
  })
  const client = await guest()
  const answer = await client.post("count")
  await answer.readUntilChunk("start")
  vi.spyOn(other.chat.relay, "resumeExistingStream").mockResolvedValue(undefined)
  globalThis.rejoinServices = Promise.resolve(other)
  const follower = await client.follow()
  await follower.readUntilChunk("start")

  await loseFirst()
  const diedAtMs = performance.now()
  await follower.readAll()
  // Long before the sweeper comes by.
  expect(performance.now() - diedAtMs).toBeLessThan(3_000)
  expect(follower.events.at(-1)?.chunk).toMatchObject({ type: "finish", messageMetadata: { status: "INTERRUPTED" } })
})

function textOf(message: Awaited<ReturnType<Client["messages"]>>[number] | undefined): string {
  return message?.parts.map((part) => (part.type === "text" ? part.text : "")).join("") ?? ""
}

async function statusIn(client: Client): Promise<string | undefined> {
  return (await client.messages()).at(-1)?.metadata?.status
}
