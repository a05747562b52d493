import { randomUUID } from "node:crypto"
import { eq, sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { chatRepository, type Lease } from "#db/repository/chat-repository.ts"
import { charge, chatStream, message, source, user } from "#db/schema.ts"
import { describeEachDatabase } from "#tests/support/databases/databases.ts"
import { askedId, endOf, finish, newUser, regenerate, text, turn } from "#tests/support/databases/turns.ts"

describeEachDatabase("the chat repository", (open) => {
  async function fresh() {
    const { db } = await open()
    return { db, chats: chatRepository(db), userId: await newUser(db) }
  }

  test("a turn stores the question, the placeholder and the stream, and gives the history before them", async () => {
    const { chats, userId } = await fresh()
    const first = turn(userId)
    expect(await chats.registerTurn(first)).toEqual({ kind: "registered", isNewChat: true, history: [] })
    await finish(chats, first)

    const second = turn(userId, { chatId: first.chatId })
    const outcome = await chats.registerTurn(second)
    expect(outcome).toMatchObject({ kind: "registered", isNewChat: false })
    expect(outcome.kind === "registered" && outcome.history.map((message) => message.role)).toEqual([
      "user",
      "assistant",
    ])

    const messages = await chats.listMessages(first.chatId, userId)
    expect(messages?.map((message) => [message.role, message.metadata?.status])).toEqual([
      ["user", "COMPLETE"],
      ["assistant", "COMPLETE"],
      ["user", "COMPLETE"],
      ["assistant", "SENDING"],
    ])
    expect(messages?.at(-1)?.id).toBe(second.answer.id)
    expect((await chats.findNewestStream(first.chatId, userId))?.stream).toMatchObject({
      streamId: second.streamId,
      messageId: second.answer.id,
      isRunning: true,
      isDead: false,
    })
  })

  test("every message knows what it follows: a regenerated answer follows the same question as the one it replaces", async () => {
    const { chats, db, userId } = await fresh()
    const first = turn(userId)
    await chats.registerTurn(first)
    await finish(chats, first)
    const second = turn(userId, { chatId: first.chatId })
    await chats.registerTurn(second)
    await finish(chats, second)
    const again = regenerate(userId, first.chatId, second.answer.id)
    await chats.registerTurn(again)
    const rows = await db.select({ id: message.id, parentId: message.parentId }).from(message).orderBy(message.seq)
    expect(rows).toEqual([
      { id: askedId(first), parentId: null },
      { id: first.answer.id, parentId: askedId(first) },
      { id: askedId(second), parentId: first.answer.id },
      { id: second.answer.id, parentId: askedId(second) },
      { id: again.answer.id, parentId: askedId(second) },
    ])
  })

  test("B37 the same message again is the same turn; other content under its id is a conflict", async () => {
    const { chats, userId } = await fresh()
    const first = turn(userId)
    await chats.registerTurn(first)
    const again = { ...turn(userId), chatId: first.chatId, asks: first.asks }
    expect(await chats.registerTurn(again)).toEqual({ kind: "repeated", streamId: first.streamId })
    await finish(chats, first)
    expect(await chats.registerTurn(again)).toEqual({ kind: "repeated", streamId: first.streamId })

    const forged = turn(userId, { chatId: first.chatId, messageId: askedId(first), text: "something else" })
    expect(await chats.registerTurn(forged)).toEqual({ kind: "refused", code: "message_id_conflict" })
    const elsewhere = turn(userId, { messageId: askedId(first) })
    expect(await chats.registerTurn(elsewhere)).toEqual({ kind: "refused", code: "message_id_conflict" })
    expect(await chats.listMessages(elsewhere.chatId, userId)).toBeUndefined()
  })

  test("B39 one turn is answered at a time, also of turns that begin in the same moment", async () => {
    const { chats, userId } = await fresh()
    const chatId = randomUUID()
    const turns = Array.from({ length: 5 }, () => turn(userId, { chatId }))
    const outcomes = await Promise.all(turns.map((each) => chats.registerTurn(each)))
    const winners = turns.filter((_, index) => outcomes[index]?.kind === "registered")
    expect(winners).toHaveLength(1)
    const losers = outcomes.filter((outcome) => outcome.kind !== "registered")
    expect(losers).toEqual(
      losers.map(() => ({
        kind: "refused",
        code: "generation_running",
        streamId: winners[0]?.streamId,
        isDead: false,
      })),
    )
    expect(await chats.listMessages(chatId, userId)).toHaveLength(2)
  })

  test("B3 somebody else's chat can be neither written to nor read", async () => {
    const { chats, db, userId } = await fresh()
    const mine = turn(userId)
    await chats.registerTurn(mine)
    const strangerId = await newUser(db)
    expect(await chats.registerTurn(turn(strangerId, { chatId: mine.chatId }))).toEqual({
      kind: "refused",
      code: "chat_not_found",
    })
    expect(await chats.listMessages(mine.chatId, strangerId)).toBeUndefined()
    expect(await chats.findNewestStream(mine.chatId, strangerId)).toBeUndefined()
    expect(await chats.deleteChat(mine.chatId, strangerId)).toEqual({ kind: "refused", code: "chat_not_found" })
    expect((await chats.listChats(strangerId, 10)).chats).toEqual([])
    expect(await chats.listMessages(mine.chatId, userId)).toHaveLength(2)
  })

  test("B42 without credits no turn begins and nothing is stored", async () => {
    const { chats, db, userId } = await fresh()
    await db.update(user).set({ credits: 0 }).where(eq(user.id, userId))
    const refused = turn(userId, { needsCredits: true })
    expect(await chats.registerTurn(refused)).toEqual({ kind: "refused", code: "quota_exceeded" })
    expect(await chats.listMessages(refused.chatId, userId)).toBeUndefined()
    expect(await chats.registerTurn(turn(userId))).toMatchObject({ kind: "registered" })
  })

  test("a regenerated answer takes the place of the old one and of all that followed it", async () => {
    const { chats, userId } = await fresh()
    const first = turn(userId)
    await chats.registerTurn(first)
    await finish(chats, first)
    const second = turn(userId, { chatId: first.chatId })
    await chats.registerTurn(second)
    await finish(chats, second)

    const again = regenerate(userId, first.chatId, first.answer.id)
    const outcome = await chats.registerTurn(again)
    expect(outcome.kind === "registered" && outcome.history.map((message) => message.id)).toEqual([askedId(first)])
    expect(await chats.registerTurn(regenerate(userId, first.chatId, first.answer.id))).toEqual({
      kind: "repeated",
      streamId: again.streamId,
    })
    await finish(chats, again)
    const shown = await chats.listMessages(first.chatId, userId)
    expect(shown?.map((message) => message.id)).toEqual([askedId(first), again.answer.id])

    const last = regenerate(userId, first.chatId, undefined)
    expect(await chats.registerTurn(last)).toMatchObject({ kind: "registered" })
    await finish(chats, last)
    expect(await chats.registerTurn(regenerate(userId, first.chatId, "no-such-message"))).toEqual({
      kind: "refused",
      code: "message_not_found",
    })
    expect(await chats.registerTurn(regenerate(userId, randomUUID(), undefined))).toEqual({
      kind: "refused",
      code: "chat_not_found",
    })
  })

  test("the growing answer is saved, and says whether somebody asked to stop", async () => {
    const { chats, userId } = await fresh()
    const running = turn(userId)
    await chats.registerTurn(running)
    expect(await chats.saveGrowing(running.streamId, 1, [text("half")])).toEqual({ isStopRequested: false })
    await chats.requestStop(running.streamId)
    expect(await chats.renewLeases([{ streamId: running.streamId, epoch: 1 }], 10_000)).toEqual([running.streamId])
    expect(await chats.saveGrowing(running.streamId, 1, [text("half an")])).toEqual({ isStopRequested: true })
    expect(await chats.saveGrowing(running.streamId, 2, [text("forged")])).toBeUndefined()
    expect(await chats.findMessage(running.answer.id)).toMatchObject({
      parts: [text("half an")],
      metadata: { status: "STREAMING" },
    })
  })

  test("a producer that was replaced neither renews nor releases the next one's lease, and hears that it is to stop", async () => {
    const { chats, db, userId } = await fresh()
    const running = turn(userId)
    await chats.registerTurn(running)
    const [lease, next] = [1, 2].map((epoch) => ({ streamId: running.streamId, epoch })) as [Lease, Lease]
    expect(await chats.renewLeases([lease], 10_000)).toEqual([])
    await chats.releaseLeases([lease])
    await chats.claimDead({ streamId: running.streamId, leaseMs: 10_000, maxEpoch: 3 })
    await chats.releaseLeases([lease])
    expect(await chats.listDead(1)).toEqual([])
    await db.update(chatStream).set({ leaseExpiresAt: sql`now() - interval '1 second'` })
    expect(await chats.renewLeases([lease], 10_000)).toEqual([running.streamId])
    expect(await chats.listDead(1)).toEqual([running.streamId])
    expect(await chats.renewLeases([next], 10_000)).toEqual([])
    expect(await chats.listDead(1)).toEqual([])
  })

  test("the end is set once, with one charge, and may be told twice", async () => {
    const { chats, db, userId } = await fresh()
    const running = turn(userId)
    await chats.registerTurn(running)
    expect(await finish(chats, running)).toBe(true)
    expect(await finish(chats, running)).toBe(true)
    expect(await chats.endGeneration({ ...endOf(running), status: "ERROR", lastEventId: "1-99" })).toBe(false)
    expect(await chats.saveGrowing(running.streamId, 1, [text("late")])).toBeUndefined()
    expect(await chats.findMessage(running.answer.id)).toMatchObject({
      parts: [text("done")],
      metadata: { status: "COMPLETE" },
    })
    expect(await db.select().from(charge)).toMatchObject([{ streamId: running.streamId, credits: 30 }])
    const [payer] = await db.select().from(user).where(eq(user.id, userId))
    expect(payer?.credits).toBe(970)
    expect((await chats.findStream(running.streamId))?.lastEventId).toBe("1-7")
  })

  test("an address is stored once a message however often it is cited", async () => {
    const { chats, db, userId } = await fresh()
    const running = turn(userId)
    await chats.registerTurn(running)
    const cited = { url: "https://example.com/a", title: "A" }
    await chats.endGeneration({
      ...endOf(running),
      sources: [cited, cited, { url: "https://example.com/b", title: undefined }],
    })
    expect((await db.select().from(source)).map((row) => row.url).sort()).toEqual([
      "https://example.com/a",
      "https://example.com/b",
    ])
  })

  test("F52 what a dead producer left behind is taken over by one, to be gone on with or ended", async () => {
    const { chats, db, userId } = await fresh()
    const dead = turn(userId)
    await chats.registerTurn(dead)
    await chats.saveGrowing(dead.streamId, 1, [text("as far as it")])
    const claim = { streamId: dead.streamId, leaseMs: 10_000, maxEpoch: 2 }
    expect(await chats.claimDead(claim)).toBeUndefined()
    await db.update(chatStream).set({ leaseExpiresAt: sql`now() - interval '1 second'` })
    expect(await chats.findStream(dead.streamId)).toMatchObject({ isRunning: true, isDead: true })
    expect(await chats.registerTurn(turn(userId, { chatId: dead.chatId }))).toMatchObject({
      kind: "refused",
      code: "generation_running",
      isDead: true,
    })

    const { streamId, chatId } = dead
    const parts = [text("as far as it")]
    const claims = await Promise.all([claim, claim].map((each) => chats.claimDead(each)))
    expect(claims).toContain(undefined)
    expect(claims).toContainEqual(
      expect.objectContaining({
        streamId,
        chatId,
        userId,
        epoch: 2,
        fate: "goes-on",
        message: { id: dead.answer.id, parts, model: "test" },
      }),
    )
    await db.update(chatStream).set({ leaseExpiresAt: sql`now() - interval '1 second'` })
    expect(await chats.claimDead(claim)).toMatchObject({ epoch: 3, fate: "interrupted" })
    await chats.requestStop(streamId)
    await db.update(chatStream).set({ leaseExpiresAt: sql`now() - interval '1 second'` })
    expect(await chats.claimDead(claim)).toMatchObject({ epoch: 4, fate: "stopped" })

    expect(await finish(chats, dead)).toBe(false)
    expect(await chats.endGeneration({ ...endOf(dead), epoch: 4, status: "STOPPED", lastEventId: "4-9" })).toBe(true)
    expect(await chats.registerTurn(turn(userId, { chatId }))).toMatchObject({ kind: "registered" })
  })

  test("chats are listed by their newest turn, page by page, with what runs", async () => {
    const { chats, userId } = await fresh()
    const turns = []
    for (let index = 0; index < 5; index++) {
      const next = turn(userId)
      turns.push(next)
      await chats.registerTurn(next)
      if (index > 0) await finish(chats, next)
    }
    const first = await chats.listChats(userId, 3)
    const second = await chats.listChats(userId, 3, first.nextCursor)
    expect([...first.chats, ...second.chats].map((row) => row.id)).toEqual(turns.map((each) => each.chatId).reverse())
    expect(second.nextCursor).toBeUndefined()
    expect(second.chats.map((row) => row.isRunning)).toEqual([false, true])
    const oldest = second.chats[1]
    expect(await chats.findSummary(oldest?.id ?? "", userId)).toEqual(oldest)
    expect(await chats.findSummary(oldest?.id ?? "", randomUUID())).toBeUndefined()
  })

  test("deleting a chat takes its messages and streams along, and leaves the bill", async () => {
    const { chats, db, userId } = await fresh()
    const gone = turn(userId)
    await chats.registerTurn(gone)
    await finish(chats, gone)
    expect(await chats.deleteChat(gone.chatId, userId)).toEqual({ kind: "deleted", running: undefined })
    expect(await chats.findMessage(gone.answer.id)).toBeUndefined()
    expect(await db.select().from(chatStream)).toEqual([])
    expect(await db.select().from(charge)).toHaveLength(1)
  })

  test("B69 what looks like SQL or JSON is text like any other", async () => {
    const { chats, userId } = await fresh()
    const odd = `'; drop table "Chat"; -- $1 \${x} \\u0041 {"a":1} 🧵 é ‮`
    const strange = turn(userId, { text: odd })
    await chats.registerTurn(strange)
    expect((await chats.listMessages(strange.chatId, userId))?.[0]?.parts).toEqual([text(odd)])
  })
})
