import { randomUUID } from "node:crypto"
import { eq } from "drizzle-orm"
import { expect, test } from "vitest"
import { type ChatRepository, chatRepository } from "#db/repository/chat-repository.ts"
import { chat, message, user } from "#db/schema.ts"
import type { FinalStatus } from "#lib/chat-protocol.ts"
import { describeEachDatabase } from "#tests/support/databases/databases.ts"
import { askedId, continueTurn, endOf, newUser, regenerate, text, turn } from "#tests/support/databases/turns.ts"

const partial = [text("as far as it")]

describeEachDatabase("a turn that goes on with an answer", (open) => {
  async function brokenOff(status: FinalStatus = "STOPPED") {
    const { db } = await open()
    const repository = chatRepository(db)
    const userId = await newUser(db)
    const first = turn(userId)
    await repository.turns.register(first)
    await repository.streams.end({ ...endOf(first), status, parts: partial })
    return { db, repository, userId, chatId: first.chatId, first }
  }

  test.for<FinalStatus>(["STOPPED", "ERROR", "INTERRUPTED"])(
    "takes the place of one that is %s, begins with its parts, and leaves its row as it was",
    async (status) => {
      const { db, repository, userId, chatId, first } = await brokenOff(status)
      const next = continueTurn(userId, chatId, first.answer.id)
      expect(await repository.turns.register(next)).toMatchObject({
        kind: "registered",
        history: [{ id: askedId(first), role: "user", parts: [text("hello")] }],
        partial,
      })
      const shown = await repository.messages.list(chatId, userId)
      expect(shown?.map(({ id, parts, metadata }) => [id, parts, metadata?.status])).toEqual([
        [askedId(first), [text("hello")], "COMPLETE"],
        [next.answer.id, partial, "SENDING"],
      ])
      const rows = await db
        .select()
        .from(message)
        .where(eq(message.parentId, askedId(first)))
        .orderBy(message.seq)
      expect(rows).toMatchObject([
        { id: first.answer.id, status, parts: partial, replacedAt: expect.any(Date) },
        { id: next.answer.id, status: "SENDING", parts: partial, replacedAt: null },
      ])
    },
  )

  test("is registered once, however often and by whichever button it is requested", async () => {
    const { repository, first, userId, chatId } = await brokenOff()
    const turns = [continueTurn, regenerate, continueTurn, regenerate].map((again) =>
      again(userId, chatId, first.answer.id),
    )
    const outcomes = await Promise.all(turns.map((each) => repository.turns.register(each)))
    const winner = turns[outcomes.findIndex(({ kind }) => kind === "registered")]
    const losers = outcomes.filter(({ kind }) => kind !== "registered")
    expect(losers).toEqual(Array(3).fill({ kind: "repeated", streamId: winner?.streamId }))
    expect(await repository.messages.list(chatId, userId)).toHaveLength(2)
    if (winner) await repository.streams.end({ ...endOf(winner), status: "STOPPED", parts: partial })
    expect(await repository.turns.register(continueTurn(userId, chatId, first.answer.id))).toMatchObject({
      kind: "repeated",
    })
    expect(await repository.turns.register(continueTurn(userId, chatId))).toMatchObject({ kind: "registered", partial })
  })

  test("is not a second version of the broken-off answer: it contains all of it", async () => {
    const { repository, first, userId, chatId } = await brokenOff()
    const next = continueTurn(userId, chatId, first.answer.id)
    await repository.turns.register(next)
    expect(await versions(repository, chatId, userId), "while it is written").toBeUndefined()
    await repository.streams.end({ ...endOf(next), status: "STOPPED" })
    const last = continueTurn(userId, chatId)
    await repository.turns.register(last)
    await repository.streams.end(endOf(last))
    expect(await versions(repository, chatId, userId)).toBeUndefined()

    const anew = regenerate(userId, chatId, last.answer.id)
    await repository.turns.register(anew)
    expect(await versions(repository, chatId, userId)).toEqual({ ids: [last.answer.id, anew.answer.id], index: 1 })
  })

  test("does not replace the partial answer, which can be shown and continued again", async () => {
    const { repository, first, userId, chatId } = await brokenOff()
    const next = continueTurn(userId, chatId, first.answer.id)
    await repository.turns.register(next)
    await repository.streams.end(endOf(next))
    await repository.messages.showBranch({ chatId, userId, messageId: first.answer.id })
    expect(await versions(repository, chatId, userId)).toEqual({ ids: [first.answer.id, next.answer.id], index: 0 })
    const again = continueTurn(userId, chatId, first.answer.id)
    expect(await repository.turns.register(again)).toMatchObject({ kind: "registered", partial })
    expect(await versions(repository, chatId, userId)).toEqual({ ids: [next.answer.id, again.answer.id], index: 1 })
  })

  test("is refused if there is nothing to continue, and then changes nothing", async () => {
    const { db, repository, first, userId, chatId } = await brokenOff("COMPLETE")
    const usedAt = async () => (await db.select().from(chat).where(eq(chat.id, chatId)))[0]?.updatedAt
    const before = await usedAt()
    const nothing = { kind: "refused", code: "nothing_to_continue" }
    expect(await repository.turns.register(continueTurn(userId, chatId))).toEqual(nothing)
    expect(await repository.turns.register(continueTurn(userId, chatId, first.answer.id))).toEqual(nothing)
    expect(await repository.turns.register(continueTurn(userId, chatId, askedId(first)))).toEqual(nothing)
    expect(await repository.turns.register(continueTurn(userId, chatId, randomUUID()))).toEqual({
      kind: "refused",
      code: "message_not_found",
    })
    const elsewhere = continueTurn(userId, randomUUID(), first.answer.id)
    expect(await repository.turns.register(elsewhere)).toEqual({ kind: "refused", code: "chat_not_found" })
    const stranger = { ...continueTurn(userId, chatId, first.answer.id), userId: (await brokenOff()).userId }
    expect(await repository.turns.register(stranger)).toEqual({ kind: "refused", code: "chat_not_found" })
    expect(await repository.turns.register(regenerate(userId, chatId, randomUUID()))).toEqual({
      kind: "refused",
      code: "message_not_found",
    })
    expect(await usedAt(), "what is refused does not put the chat first in the list").toEqual(before)
    const running = regenerate(userId, chatId, first.answer.id)
    await repository.turns.register(running)
    const busy = { kind: "refused", code: "generation_running", streamId: running.streamId, isDead: false }
    expect(await repository.turns.register(continueTurn(userId, chatId, running.answer.id))).toEqual(busy)
    expect(await repository.turns.register(continueTurn(userId, chatId))).toEqual(busy)
    expect(await repository.messages.list(chatId, userId)).toHaveLength(2)
  })

  test("B42 is refused without credits", async () => {
    const { db, repository, userId, chatId, first } = await brokenOff()
    await db.update(user).set({ credits: 0 }).where(eq(user.id, userId))
    expect(await repository.turns.register({ ...continueTurn(userId, chatId), needsCredits: true })).toEqual({
      kind: "refused",
      code: "quota_exceeded",
    })
    expect((await repository.messages.list(chatId, userId))?.at(-1)?.id).toBe(first.answer.id)
  })
})

async function versions(repository: ChatRepository, chatId: string, userId: string) {
  return (await repository.messages.list(chatId, userId))?.at(-1)?.metadata?.branches
}
