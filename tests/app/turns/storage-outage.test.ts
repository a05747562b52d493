/** F19: the database is away when an answer ends. `tests/faults/rows/postgres.test.ts` kills servers meanwhile. */
import { randomUUID } from "node:crypto"
import { globSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { expect, onTestFinished, test, vi } from "vitest"
import { chatRepository } from "#db/repository/chat-repository.ts"
import { retryingChats } from "#db/repository/retrying-repository.ts"
import { spooledEndings } from "#db/repository/spooled-endings.ts"
import { user } from "#db/schema.ts"
import type { StreamEvent } from "#lib/chat-protocol.ts"
import { errorKinds } from "#lib/errors.ts"
import { startGeneration } from "#lib/generation/generation.ts"
import type { Services } from "#lib/services.ts"
import { recoverAll } from "#lib/turns/recover.ts"
import { type Client, freshService, type TestService } from "#tests/support/clients/service.ts"
import { createTestDatabase } from "#tests/support/databases/postgres.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { startFaultProxy } from "#tests/support/servers/fault-proxy.ts"
import { hangMs } from "#tests/support/within.ts"

const whole = { parts: [{ type: "step-start" }, { text: "one two" }], metadata: { status: "COMPLETE" } }

test("F19 readers are told after a while that the end could not be stored; later it is stored and charged once", async () => {
  const { service, client, generation, endOutage } = await endingInOutage()
  const events = await allOf(generation.events)
  expect(events.slice(-2).map(({ chunk }) => chunk)).toMatchObject([
    { type: "message-metadata", messageMetadata: { error: { code: "storage_unavailable" } } },
    { type: "error", errorText: errorKinds.storage_unavailable.message },
  ])
  endOutage()
  expect(await generation.ended).toBe("COMPLETE")
  expect(await lastOf(client)).toMatchObject(whole)
  expect(await service.charges()).toHaveLength(1)
  expect(kept(service)).toEqual([])
  // A reader that was told of the delay has not seen the end.
  const follower = await client.follow(`&after=${events.at(-1)?.id}`)
  expect(await follower.readAll()).toBe("one two")
})

test("F19 the next process on the same folder stores an end left behind, before anyone takes the answer over", async () => {
  const { service, client, model, kill } = await endingInOutage()
  await kill()
  const onProblem = vi.fn()
  const repository = nextLife(service, onProblem)
  // The process has found the spooled ends, and has had no time yet to store them.
  await repository.storeSpooled(AbortSignal.abort())
  await recoverAll({ ...service.services.chat, repository })
  expect(await lastOf(client)).toMatchObject(whole)
  expect(model.calls).toHaveLength(0)
  expect(await service.charges()).toHaveLength(1)
  expect(kept(service)).toEqual([])
  expect(onProblem).not.toHaveBeenCalled()
})

test("F19 an unreadable spooled file is reported and left alone, and does not keep other ends from being stored", async () => {
  const { service, client, kill } = await endingInOutage()
  await kill()
  const broken = "00000000-0000-4000-8000-000000000000.json"
  await writeFile(path.join(folderOf(service.services), broken), '{"streamId":')
  const onProblem = vi.fn()
  await nextLife(service, onProblem).storeSpooled(new AbortController().signal)
  expect(await lastOf(client)).toMatchObject(whole)
  expect(onProblem).toHaveBeenCalledOnce()
  expect(kept(service)).toEqual([broken])
})

/** Brings an answer to its last word while its last row cannot be written. */
async function endingInOutage() {
  const { url, drop } = await createTestDatabase()
  const proxy = await startFaultProxy({ port: Number(new URL(url).port) })
  onTestFinished(async () => {
    await proxy.close()
    await drop()
  })
  const model = scripted("unused")
  const service = await freshService({ model, environment: { DATABASE_URL: proxy.through(url) } })
  const client = await service.guest()
  const { chat } = service.services
  const turn = await registered(service, client)
  proxy.set({ isRefusing: true })
  proxy.reset()
  const generation = startGeneration(
    { repository: chat.repository, saveEveryChars: 200, onProblem: () => undefined, storageMs: 500 },
    {
      ...turn,
      epoch: 1,
      modelId: "test",
      history: async () => [{ id: "question", role: "user", parts: [{ type: "text", text: "hello" }] }],
      answer: { model: scripted("one two"), instructions: "", tools: {} },
      beginning: { kind: "fresh" },
    },
  )
  const endOutage = () => proxy.set({ isRefusing: false })
  /** Makes its process look dead: nothing of it runs any more, and its lease has run out. */
  async function kill(): Promise<void> {
    await vi.waitUntil(() => kept(service).length === 1, { timeout: hangMs })
    generation.handOver()
    await generation.ended
    endOutage()
    await vi.waitUntil(() => service.services.database.ping(1_000), { timeout: hangMs })
    await chat.repository.streams.releaseLeases([{ streamId: turn.streamId, epoch: 1 }])
  }
  return { service, client, model, generation, endOutage, kill }
}

async function registered({ services }: TestService, client: Client) {
  const [guest] = await services.database.db.select({ id: user.id }).from(user)
  if (!guest) throw new Error("there is no guest")
  const turn = { streamId: randomUUID(), messageId: randomUUID() }
  await services.chat.repository.turns.register({
    userId: guest.id,
    chatId: client.chatId,
    streamId: turn.streamId,
    agent: "assistant",
    title: "",
    asks: { kind: "submit", message: { id: randomUUID(), parts: [{ type: "text", text: "hello" }] } },
    answer: { id: turn.messageId, metadata: {} },
    leaseMs: 10_000,
    needsCredits: false,
    maxStreams: undefined,
  })
  return turn
}

/** Reads the spooled ends as the next process on the same folder would. */
function nextLife({ services }: TestService, onProblem: (error: unknown) => void) {
  const repository = retryingChats(chatRepository(services.database.db))
  return spooledEndings(repository, { folder: folderOf(services), onProblem })
}

function folderOf({ config }: Services): string {
  return path.join(config.dataDir, "endings")
}

function kept({ services }: TestService): string[] {
  return globSync("*", { cwd: folderOf(services) })
}

async function lastOf(client: Client) {
  return (await client.messages()).at(-1)
}

async function allOf(events: ReadableStream<StreamEvent>): Promise<StreamEvent[]> {
  const all: StreamEvent[] = []
  for await (const event of events) all.push(event)
  return all
}
