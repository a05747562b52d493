/** Faults that a database causes for single statements; `tests/faults/rows/postgres.test.ts` has its outages. */

import { randomUUID } from "node:crypto"
import { eq, sql } from "drizzle-orm"
import { expect, test, vi } from "vitest"
import { rowsOf } from "#db/db.ts"
import { type ChatRepository, chatRepository } from "#db/repository/chat-repository.ts"
import { retryingChats } from "#db/repository/retrying-repository.ts"
import { charge, chat, chatStream, message, user } from "#db/schema.ts"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import { describeEachNewDatabase, type TestDatabase } from "#tests/support/databases/databases.ts"
import { grow } from "#tests/support/databases/turns.ts"
import { hangMs } from "#tests/support/within.ts"

const text = (words: string): ChatMessagePart[] => [{ type: "text", text: words }]

describeEachNewDatabase(
  "a server",
  (open) => {
    test("F20 a save that is still waiting when the answer ends no longer changes it", async () => {
      const { db, repository, turn } = await begun(await open())
      let saving: Promise<unknown> | undefined
      await db.transaction(async (ending) => {
        await ending.update(chatStream).set({ endedAt: sql`now()` }).where(eq(chatStream.streamId, turn.streamId))
        await ending
          .update(message)
          .set({ status: "COMPLETE", parts: text("all of it") })
          .where(eq(message.id, turn.answer.id))
        saving = grow(repository, turn, "half")
        await vi.waitUntil(async () => (await waitingFor(db)) > 0, { timeout: hangMs })
      })
      expect(await saving).toBeUndefined()
      expect(await repository.messages.find(turn.answer.id)).toMatchObject({
        parts: text("all of it"),
        metadata: { status: "COMPLETE" },
      })
    })

    test("F20 a turn given up while a table was locked does not begin afterwards", async () => {
      const { db, repository, turn } = await begun(await open())
      const next = { ...turn, ...newTurn(), userId: turn.userId }
      await db.transaction(async (other) => {
        await other.execute(sql`lock table "Message" in access exclusive mode`)
        await expect(repository.turns.register(next)).rejects.toMatchObject({ code: "db_unavailable" })
        await other.execute(sql`select pg_sleep(0.5)`)
      })
      // The abandoned statement runs before this one, if at all.
      await vi.waitUntil(async () => (await waitingFor(db)) === 0, { timeout: hangMs })
      expect(await repository.turns.register(next)).toMatchObject({ kind: "registered" })
    })

    test("F20 a claim given up while a row was locked takes nothing over afterwards", async () => {
      const { db, repository, turn } = await begun(await open())
      await repository.streams.releaseLeases([{ streamId: turn.streamId, epoch: 1 }])
      await db.transaction(async (other) => {
        await other.select().from(chatStream).for("update")
        const claim = { streamId: turn.streamId, leaseMs: 10_000, maxEpoch: 3 }
        await expect(repository.streams.claimDead(claim)).rejects.toMatchObject({ code: "db_unavailable" })
        await other.execute(sql`select pg_sleep(0.5)`)
      })
      await vi.waitUntil(async () => (await waitingFor(db)) === 0, { timeout: hangMs })
      expect(await db.select({ epoch: chatStream.epoch }).from(chatStream)).toEqual([{ epoch: 1 }])
    })

    test("F20 an end given up while its chat was locked is not written afterwards, and can be written again", async () => {
      const { db, repository, turn } = await begun(await open())
      await db.transaction(async (other) => {
        await other.select().from(chat).for("update")
        await expect(repository.streams.end(endOf(turn.streamId))).rejects.toMatchObject({ code: "db_unavailable" })
        await other.execute(sql`select pg_sleep(0.5)`)
      })
      await vi.waitUntil(async () => (await waitingFor(db)) === 0, { timeout: hangMs })
      expect(await repository.streams.find(turn.streamId)).toMatchObject({ isRunning: true })
      expect(await repository.streams.end(endOf(turn.streamId))).toBe(true)
      expect(await db.select({ credits: charge.credits }).from(charge)).toHaveLength(1)
    })

    test("F22 one of two deadlocked transactions is aborted, and retried if it is ours", async () => {
      const { db, repository, turn } = await begun(await open())
      let ending: Promise<boolean> | undefined
      const other = db.transaction(async (transaction) => {
        await transaction.update(message).set({ updatedAt: sql`now()` }).where(eq(message.id, turn.answer.id))
        // It holds its stream's row and waits for ours; in a moment it checks whether we wait for it, too.
        ending = repository.streams.end(endOf(turn.streamId))
        ending.catch(() => undefined)
        await vi.waitUntil(async () => (await waitingFor(db)) > 0, { interval: 10, timeout: hangMs })
        await transaction
          .update(chatStream)
          .set({ leaseExpiresAt: sql`now()` })
          .where(eq(chatStream.streamId, turn.streamId))
      })
      // On a slow machine the other transaction may detect the deadlock and be aborted.
      await other.catch((error: unknown) => expect(error).toMatchObject({ cause: { code: "40P01" } }))
      expect(await ending).toBe(true)
      expect(await repository.messages.find(turn.answer.id)).toMatchObject({ metadata: { status: "COMPLETE" } })
    })
  },
  ["postgres", "neon"],
)

test.each(["40001", "40P01"])(
  "F22 a transaction that fails with %s is retried a limited number of times",
  async (code) => {
    const failure = Object.assign(new Error("in the way"), { code })
    const findStream = vi.fn().mockRejectedValueOnce(failure).mockResolvedValueOnce(undefined)
    const repository = retryingChats({ streams: { find: findStream } } as unknown as ChatRepository)
    expect(await repository.streams.find("one")).toBeUndefined()
    findStream.mockRejectedValue(failure)
    await expect(repository.streams.find("one")).rejects.toBe(failure)
    expect(findStream.mock.calls.length).toBeLessThan(10)
  },
)

test.each([
  ["a refused connection", { code: "ECONNREFUSED" }, true],
  ["a broken pipe", { code: "EPIPE" }, true],
  ["a deadline", {}, true],
  ["a server that starts", { code: "57P03" }, true],
  ["a full disk", { code: "53100" }, true],
  ["a replica after a failover", { code: "25006" }, true],
  ["a value that no column takes", { code: "22P02" }, false],
  ["a broken rule", { code: "23503" }, false],
])("F17 %s is reported as an outage", async (_, detail, isUnavailable) => {
  const failure = Object.assign(new Error("failed"), detail)
  const repository = retryingChats({ streams: { find: () => Promise.reject(failure) } } as unknown as ChatRepository)
  await expect(repository.streams.find("one")).rejects.toMatchObject(
    isUnavailable ? { code: "db_unavailable" } : failure,
  )
})

test("F18 a process that saw a database outage takes no producer for dead before the living could renew their leases", async () => {
  let nowMs = 0
  const claimDead = vi.fn().mockResolvedValue({ streamId: "one" })
  const listDead = vi.fn().mockResolvedValue(["one"])
  const findStream = vi.fn().mockRejectedValueOnce(new Error("gone"))
  const repository = retryingChats(
    { streams: { claimDead, listDead, find: findStream } } as unknown as ChatRepository,
    () => nowMs,
  )
  const claim = { streamId: "one", leaseMs: 1, maxEpoch: 3 }
  await expect(repository.streams.find("one")).rejects.toThrow()
  // The time runs from the moment the database is back, since callers rarely find out late.
  nowMs = 60_000
  expect([await repository.streams.claimDead(claim), await repository.streams.listDead(1)]).toEqual([undefined, []])
  nowMs = 64_999
  expect([await repository.streams.claimDead(claim), await repository.streams.listDead(1)]).toEqual([undefined, []])
  nowMs = 65_001
  expect([await repository.streams.claimDead(claim), await repository.streams.listDead(1)]).toEqual([
    { streamId: "one" },
    ["one"],
  ])
})

async function begun({ db }: TestDatabase) {
  const repository = retryingChats(chatRepository(db))
  const turn = { ...newTurn(), userId: randomUUID() }
  await db.insert(user).values({ id: turn.userId, name: "Ada", email: `${turn.userId}@example.org` })
  expect(await repository.turns.register(turn)).toMatchObject({ kind: "registered" })
  return { db, repository, turn }
}

function newTurn() {
  return {
    chatId: randomUUID(),
    streamId: randomUUID(),
    agent: "assistant",
    title: "",
    asks: { kind: "submit" as const, message: { id: randomUUID(), parts: text("hello") } },
    answer: { id: randomUUID(), metadata: {} },
    leaseMs: 10_000,
    needsCredits: false,
    maxStreams: undefined,
  }
}

function endOf(streamId: string) {
  const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, reasoningTokens: 0, estimated: false }
  return {
    streamId,
    epoch: 1,
    status: "COMPLETE" as const,
    parts: text("all of it"),
    metadata: {},
    sources: [],
    lastEventId: "1-2" as const,
    charge: { model: "m", usage },
  }
}

async function waitingFor(db: TestDatabase["db"]): Promise<number> {
  const [row] = rowsOf<{ count: number }>(
    await db.execute(sql`select count(*)::int as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`),
  )
  return row?.count ?? 0
}
