import { eq, sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { chatRepository } from "#db/repository/chat-repository.ts"
import type { Lease } from "#db/repository/stream-repository.ts"
import { charge, chatStream, source, user } from "#db/schema.ts"
import { describeEachDatabase } from "#tests/support/databases/databases.ts"
import { endOf, finish, grow, growing, newUser, text, turn } from "#tests/support/databases/turns.ts"

describeEachDatabase("the streams of a chat", (open) => {
  async function fresh() {
    const { db } = await open()
    return { db, repository: chatRepository(db), userId: await newUser(db) }
  }
  test("saving the growing answer reports whether a stop was requested", async () => {
    const { repository, userId } = await fresh()
    const running = turn(userId)
    await repository.turns.register(running)
    expect(await grow(repository, running, "half")).toEqual({
      isStopRequested: false,
    })
    await repository.streams.requestStop(running.streamId)
    expect(await repository.streams.renewLeases([{ streamId: running.streamId, epoch: 1 }], 10_000)).toEqual([
      running.streamId,
    ])
    expect(await grow(repository, running, " an", { number: 2 })).toEqual({
      isStopRequested: true,
    })
    expect(await grow(repository, running, "forged", { epoch: 2 })).toBeUndefined()
    expect(await repository.messages.find(running.answer.id)).toMatchObject({
      parts: [growing("half an")],
      metadata: { status: "STREAMING" },
    })
  })

  test("a replaced producer can neither renew nor release its successor's lease, and learns that it must stop", async () => {
    const { repository, db, userId } = await fresh()
    const running = turn(userId)
    await repository.turns.register(running)
    const [lease, next] = [1, 2].map((epoch) => ({ streamId: running.streamId, epoch })) as [Lease, Lease]
    expect(await repository.streams.renewLeases([lease], 10_000)).toEqual([])
    await repository.streams.releaseLeases([lease])
    await repository.streams.claimDead({ streamId: running.streamId, leaseMs: 10_000, maxEpoch: 3 })
    await repository.streams.releaseLeases([lease])
    expect(await repository.streams.listDead(1)).toEqual([])
    await db.update(chatStream).set({ leaseExpiresAt: sql`now() - interval '1 second'` })
    expect(await repository.streams.renewLeases([lease], 10_000)).toEqual([running.streamId])
    expect(await repository.streams.listDead(1)).toEqual([running.streamId])
    expect(await repository.streams.renewLeases([next], 10_000)).toEqual([])
    expect(await repository.streams.listDead(1)).toEqual([])
  })

  test("the end is stored once, with one charge, however often it is reported", async () => {
    const { repository, db, userId } = await fresh()
    const running = turn(userId)
    await repository.turns.register(running)
    expect(await finish(repository, running)).toBe(true)
    expect(await finish(repository, running)).toBe(true)
    expect(await repository.streams.end({ ...endOf(running), status: "ERROR", lastEventId: "1-99" })).toBe(false)
    expect(await grow(repository, running, "late")).toBeUndefined()
    expect(await repository.messages.find(running.answer.id)).toMatchObject({
      parts: [text("done")],
      metadata: { status: "COMPLETE" },
    })
    expect(await db.select().from(charge)).toMatchObject([{ streamId: running.streamId, credits: 30 }])
    const [payer] = await db.select().from(user).where(eq(user.id, userId))
    expect(payer?.credits).toBe(970)
    expect((await repository.streams.find(running.streamId))?.lastEventId).toBe("1-7")
  })

  test("an address is stored once per message however often it is cited", async () => {
    const { repository, db, userId } = await fresh()
    const running = turn(userId)
    await repository.turns.register(running)
    const cited = { url: "https://example.com/a", title: "A" }
    await repository.streams.end({
      ...endOf(running),
      sources: [cited, cited, { url: "https://example.com/b", title: undefined }],
    })
    expect((await db.select().from(source)).map((row) => row.url).sort()).toEqual([
      "https://example.com/a",
      "https://example.com/b",
    ])
  })

  test("F52 one process takes over a dead producer's answer, to continue or end it", async () => {
    const { repository, db, userId } = await fresh()
    const dead = turn(userId)
    await repository.turns.register(dead)
    await grow(repository, dead, "as far as it")
    const claim = { streamId: dead.streamId, leaseMs: 10_000, maxEpoch: 2 }
    expect(await repository.streams.claimDead(claim)).toBeUndefined()
    await db.update(chatStream).set({ leaseExpiresAt: sql`now() - interval '1 second'` })
    expect(await repository.streams.find(dead.streamId)).toMatchObject({ isRunning: true, isDead: true })
    expect(await repository.turns.register(turn(userId, { chatId: dead.chatId }))).toMatchObject({
      kind: "refused",
      code: "generation_running",
      isDead: true,
    })

    const { streamId, chatId } = dead
    const parts = [growing("as far as it")]
    const claims = await Promise.all([claim, claim].map((each) => repository.streams.claimDead(each)))
    expect(claims).toContain(undefined)
    expect(claims).toContainEqual(
      expect.objectContaining({
        streamId,
        chatId,
        userId,
        epoch: 2,
        disposition: "goes-on",
        message: { id: dead.answer.id, parts, model: "test" },
      }),
    )
    await db.update(chatStream).set({ leaseExpiresAt: sql`now() - interval '1 second'` })
    expect(await repository.streams.claimDead(claim)).toMatchObject({ epoch: 3, disposition: "interrupted" })
    await repository.streams.requestStop(streamId)
    await db.update(chatStream).set({ leaseExpiresAt: sql`now() - interval '1 second'` })
    expect(await repository.streams.claimDead(claim)).toMatchObject({ epoch: 4, disposition: "stopped" })

    expect(await finish(repository, dead)).toBe(false)
    expect(await repository.streams.end({ ...endOf(dead), epoch: 4, status: "STOPPED", lastEventId: "4-9" })).toBe(true)
    expect(await repository.turns.register(turn(userId, { chatId }))).toMatchObject({ kind: "registered" })
  })
})
