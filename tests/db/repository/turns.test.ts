import { randomUUID } from "node:crypto"
import { eq } from "drizzle-orm"
import { expect, test } from "vitest"
import { chatRepository } from "#db/repository/chat-repository.ts"
import { message, user } from "#db/schema.ts"
import { describeEachDatabase } from "#tests/support/databases/databases.ts"
import { askedId, finish, newUser, regenerate, text, turn } from "#tests/support/databases/turns.ts"

describeEachDatabase("the turns of a chat", (open) => {
  async function fresh() {
    const { db } = await open()
    return { db, repository: chatRepository(db), userId: await newUser(db) }
  }
  test("a turn stores the question, the placeholder and the stream, and returns the history before them", async () => {
    const { repository, userId } = await fresh()
    const first = turn(userId)
    expect(await repository.turns.register(first)).toEqual({ kind: "registered", isNewChat: true, history: [] })
    await finish(repository, first)

    const second = turn(userId, { chatId: first.chatId })
    const outcome = await repository.turns.register(second)
    expect(outcome).toMatchObject({ kind: "registered", isNewChat: false })
    expect(outcome.kind === "registered" && outcome.history.map((message) => message.role)).toEqual([
      "user",
      "assistant",
    ])

    const messages = await repository.messages.list(first.chatId, userId)
    expect(messages?.map((message) => [message.role, message.metadata?.status])).toEqual([
      ["user", "COMPLETE"],
      ["assistant", "COMPLETE"],
      ["user", "COMPLETE"],
      ["assistant", "SENDING"],
    ])
    expect(messages?.at(-1)?.id).toBe(second.answer.id)
    expect((await repository.streams.findNewest(first.chatId, userId))?.stream).toMatchObject({
      streamId: second.streamId,
      messageId: second.answer.id,
      isRunning: true,
      isDead: false,
    })
  })

  test("every message has a parent: a regenerated answer has the same parent as the one it replaces", async () => {
    const { repository, db, userId } = await fresh()
    const first = turn(userId)
    await repository.turns.register(first)
    await finish(repository, first)
    const second = turn(userId, { chatId: first.chatId })
    await repository.turns.register(second)
    await finish(repository, second)
    const again = regenerate(userId, first.chatId, second.answer.id)
    await repository.turns.register(again)
    const rows = await db.select({ id: message.id, parentId: message.parentId }).from(message).orderBy(message.seq)
    expect(rows).toEqual([
      { id: askedId(first), parentId: null },
      { id: first.answer.id, parentId: askedId(first) },
      { id: askedId(second), parentId: first.answer.id },
      { id: second.answer.id, parentId: askedId(second) },
      { id: again.answer.id, parentId: askedId(second) },
    ])
  })

  test("B37 a repeated message is the same turn; other content under its id is a conflict", async () => {
    const { repository, userId } = await fresh()
    const first = turn(userId)
    await repository.turns.register(first)
    const again = { ...turn(userId), chatId: first.chatId, asks: first.asks }
    expect(await repository.turns.register(again)).toEqual({ kind: "repeated", streamId: first.streamId })
    await finish(repository, first)
    expect(await repository.turns.register(again)).toEqual({ kind: "repeated", streamId: first.streamId })

    const forged = turn(userId, { chatId: first.chatId, messageId: askedId(first), text: "something else" })
    expect(await repository.turns.register(forged)).toEqual({ kind: "refused", code: "message_id_conflict" })
    const elsewhere = turn(userId, { messageId: askedId(first) })
    expect(await repository.turns.register(elsewhere)).toEqual({ kind: "refused", code: "message_id_conflict" })
    expect(await repository.messages.list(elsewhere.chatId, userId)).toBeUndefined()
  })

  test("B39 one turn is answered at a time, even if several begin in the same moment", async () => {
    const { repository, userId } = await fresh()
    const chatId = randomUUID()
    const turns = Array.from({ length: 5 }, () => turn(userId, { chatId }))
    const outcomes = await Promise.all(turns.map((each) => repository.turns.register(each)))
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
    expect(await repository.messages.list(chatId, userId)).toHaveLength(2)
  })

  test("B3 another user's chat can be neither written to nor read", async () => {
    const { repository, db, userId } = await fresh()
    const mine = turn(userId)
    await repository.turns.register(mine)
    const strangerId = await newUser(db)
    expect(await repository.turns.register(turn(strangerId, { chatId: mine.chatId }))).toEqual({
      kind: "refused",
      code: "chat_not_found",
    })
    expect(await repository.messages.list(mine.chatId, strangerId)).toBeUndefined()
    expect(await repository.streams.findNewest(mine.chatId, strangerId)).toBeUndefined()
    expect(await repository.chats.delete(mine.chatId, strangerId)).toEqual({ kind: "refused", code: "chat_not_found" })
    expect((await repository.chats.list(strangerId, 10)).chats).toEqual([])
    expect(await repository.messages.list(mine.chatId, userId)).toHaveLength(2)
  })

  test("B42 without credits no turn begins and nothing is stored", async () => {
    const { repository, db, userId } = await fresh()
    await db.update(user).set({ credits: 0 }).where(eq(user.id, userId))
    const refused = turn(userId, { needsCredits: true })
    expect(await repository.turns.register(refused)).toEqual({ kind: "refused", code: "quota_exceeded" })
    expect(await repository.messages.list(refused.chatId, userId)).toBeUndefined()
    expect(await repository.turns.register(turn(userId))).toMatchObject({ kind: "registered" })
  })

  test("a regenerated answer replaces the old one and all that followed it", async () => {
    const { repository, userId } = await fresh()
    const first = turn(userId)
    await repository.turns.register(first)
    await finish(repository, first)
    const second = turn(userId, { chatId: first.chatId })
    await repository.turns.register(second)
    await finish(repository, second)

    const again = regenerate(userId, first.chatId, first.answer.id)
    const outcome = await repository.turns.register(again)
    expect(outcome.kind === "registered" && outcome.history.map((message) => message.id)).toEqual([askedId(first)])
    expect(await repository.turns.register(regenerate(userId, first.chatId, first.answer.id))).toEqual({
      kind: "repeated",
      streamId: again.streamId,
    })
    await finish(repository, again)
    const shown = await repository.messages.list(first.chatId, userId)
    expect(shown?.map((message) => message.id)).toEqual([askedId(first), again.answer.id])

    const last = regenerate(userId, first.chatId, undefined)
    expect(await repository.turns.register(last)).toMatchObject({ kind: "registered" })
    await finish(repository, last)
    expect(await repository.turns.register(regenerate(userId, first.chatId, "no-such-message"))).toEqual({
      kind: "refused",
      code: "message_not_found",
    })
    expect(await repository.turns.register(regenerate(userId, randomUUID(), undefined))).toEqual({
      kind: "refused",
      code: "chat_not_found",
    })
  })

  test("B69 text that looks like SQL or JSON is stored like any other", async () => {
    const { repository, userId } = await fresh()
    const odd = `'; drop table "Chat"; -- $1 \${x} \\u0041 {"a":1} 🧵 é ‮`
    const strange = turn(userId, { text: odd })
    await repository.turns.register(strange)
    expect((await repository.messages.list(strange.chatId, userId))?.[0]?.parts).toEqual([text(odd)])
  })
})
