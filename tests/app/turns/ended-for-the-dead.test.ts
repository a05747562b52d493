/** A dead producer's answer that no process continues is ended, with all its known text. */
import { expect, test, vi } from "vitest"
import { chat, chatStream } from "#db/schema.ts"
import { recover } from "#lib/turns/recover.ts"
import type { Client } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { twoProcesses, useRedis } from "#tests/support/relays/two-processes.ts"

const redis = useRedis()

test("an answer that kills three producers is marked INTERRUPTED after two takeovers", async () => {
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

test("CRASH_RECOVERY=interrupt only marks dead answers, and a stopped one stays stopped", async () => {
  const model = scripted("one two", { held: true })
  const { guest, services, other, loseFirst } = await twoProcesses(redis(), model, model, {
    CRASH_RECOVERY: "interrupt",
  })
  const client = await guest()
  const answer = await client.post("go")
  await answer.readUntilChunk("start")
  const streamId = answer.response.headers.get("x-stream-id") ?? ""
  await services.chat.repository.streams.requestStop(streamId)
  await loseFirst()
  expect(await recover(other.chat, streamId)).toBe("ended")
  expect(await statusIn(client)).toBe("STOPPED")
  expect(model.calls).toHaveLength(1)
})

test.each([
  ["stopped", "STOPPED", "abort"],
  ["not gone on with", "INTERRUPTED", "error"],
] as const)(
  "an answer that is %s keeps everything in its log, and its readers hear of its end",
  async (how, status, type) => {
    const model = scripted("one two three four", { held: true })
    const environment = { CRASH_RECOVERY: "interrupt" }
    const { guest, services, charges, other, loseFirst } = await twoProcesses(
      redis(),
      model,
      scripted("unused"),
      environment,
    )
    const client = await guest()
    const answer = await client.post("count")
    await model.releaseUntil("two")
    await answer.readUntil("two")
    const streamId = answer.response.headers.get("x-stream-id") ?? ""
    await expect.poll(async () => (await other.chat.relay.readLog(streamId))?.at(-1)?.id).toBe(answer.events.at(-1)?.id)
    globalThis.rejoinServices = Promise.resolve(other)
    const follower = await client.follow()
    await follower.readUntil("two")

    if (how === "stopped") await services.chat.repository.streams.requestStop(streamId)
    await loseFirst()
    expect(await recover(other.chat, streamId)).toBe("ended")
    expect(await follower.readAll()).toBe(answer.text())
    expect(follower.events.at(-1)?.chunk).toMatchObject({ type })
    expect((await other.chat.repository.streams.find(streamId))?.lastEventId).toBe(follower.events.at(-1)?.id)
    const stored = (await client.messages()).at(-1)
    expect(stored?.metadata?.status).toBe(status)
    expect(stored?.parts.filter((part) => part.type === "text")).toMatchObject([{ text: answer.text(), state: "done" }])
    expect(await charges()).toMatchObject([{ streamId, estimated: true }])
  },
)

test("ending a dead answer needs neither its model nor its agent", async () => {
  const { guest, services, other, loseFirst } = await twoProcesses(
    redis(),
    scripted("one", { held: true }),
    scripted("unused"),
  )
  const client = await guest()
  const answer = await client.post("count")
  await answer.readUntilChunk("start")
  await services.database.db.update(chat).set({ agent: "retired" })
  await loseFirst()
  expect(await recover(other.chat, answer.response.headers.get("x-stream-id") ?? "")).toBe("ended")
  expect(await statusIn(client)).toBe("INTERRUPTED")
})

test("F1 readers who can only poll the stored text hear of the producer's death just as soon", async () => {
  // The sweeper never runs.
  vi.useFakeTimers({ toFake: ["setInterval"] })
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
  await follower.readAll()
  expect(follower.events.at(-1)?.chunk).toMatchObject({ type: "finish", messageMetadata: { status: "INTERRUPTED" } })
})

async function statusIn(client: Client): Promise<string | undefined> {
  return (await client.messages()).at(-1)?.metadata?.status
}
