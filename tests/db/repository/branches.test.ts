import { randomUUID } from "node:crypto"
import { isNull } from "drizzle-orm"
import { expect, test } from "vitest"
import { type ChatRepository, chatRepository } from "#db/repository/chat-repository.ts"
import type { NewTurn } from "#db/repository/turns/turn.ts"
import { message } from "#db/schema.ts"
import { describeEachDatabase } from "#tests/support/databases/databases.ts"
import { askedId, finish, newUser, regenerate, turn } from "#tests/support/databases/turns.ts"

describeEachDatabase("branches of a chat", (open) => {
  /** Two turns: a question and its answer, and another. */
  async function twoTurns() {
    const { db } = await open()
    const chats = chatRepository(db)
    const userId = await newUser(db)
    const first = await asked(chats, turn(userId))
    const second = await asked(chats, turn(userId, { chatId: first.chatId }))
    return { chats, db, userId, chatId: first.chatId, first, second }
  }

  test("an edited message begins a branch: what led to it stays, what followed the old one is kept out of sight", async () => {
    const { chats, userId, chatId, first, second } = await twoTurns()
    const edit = turn(userId, { chatId, replaces: askedId(second) })
    const outcome = await chats.registerTurn(edit)
    expect(outcome.kind === "registered" && outcome.history.map(({ id }) => id)).toEqual(idsOf(first))
    await finish(chats, edit)
    const shown = await chats.listMessages(chatId, userId)
    expect(shown?.map(({ id }) => id)).toEqual([...idsOf(first), ...idsOf(edit)])
    expect(shown?.map(({ metadata }) => metadata?.branches)).toEqual([
      undefined,
      undefined,
      { ids: [askedId(second), askedId(edit)], index: 1 },
      undefined,
    ])
    expect(await chats.findMessage(second.answer.id)).toBeDefined()
  })

  test("the first message can be edited, too", async () => {
    const { chats, userId, chatId, first } = await twoTurns()
    const edit = await asked(chats, turn(userId, { chatId, replaces: askedId(first) }))
    const shown = await chats.listMessages(chatId, userId)
    expect(shown?.map(({ id }) => id)).toEqual(idsOf(edit))
    expect(shown?.[0]?.metadata?.branches).toEqual({ ids: [askedId(first), askedId(edit)], index: 1 })
  })

  test("a branch is shown again with all that followed, and the next turn goes on from there", async () => {
    const { chats, userId, chatId, first, second } = await twoTurns()
    const edit = await asked(chats, turn(userId, { chatId, replaces: askedId(first) }))
    expect(await chats.showBranch({ chatId, userId, messageId: askedId(first) })).toEqual({ kind: "shown" })
    expect(await shownIds(chats, chatId, userId)).toEqual([...idsOf(first), ...idsOf(second)])
    expect((await chats.findNewestStream(chatId, userId))?.stream?.messageId).toBe(second.answer.id)

    const third = turn(userId, { chatId })
    const outcome = await chats.registerTurn(third)
    expect(outcome.kind === "registered" && outcome.history.map(({ id }) => id)).toEqual([
      ...idsOf(first),
      ...idsOf(second),
    ])
    await finish(chats, third)
    await chats.showBranch({ chatId, userId, messageId: edit.answer.id })
    expect(await shownIds(chats, chatId, userId)).toEqual(idsOf(edit))
    await chats.showBranch({ chatId, userId, messageId: askedId(first) })
    expect(await shownIds(chats, chatId, userId)).toEqual([...idsOf(first), ...idsOf(second), ...idsOf(third)])
  })

  test("of several branches below a message the newest is shown", async () => {
    const { chats, userId, chatId, first, second } = await twoTurns()
    const other = await asked(chats, turn(userId, { chatId, replaces: askedId(second) }))
    const away = await asked(chats, turn(userId, { chatId, replaces: askedId(first) }))
    expect(await shownIds(chats, chatId, userId)).toEqual(idsOf(away))
    await chats.showBranch({ chatId, userId, messageId: askedId(first) })
    expect(await shownIds(chats, chatId, userId)).toEqual([...idsOf(first), ...idsOf(other)])
    await chats.showBranch({ chatId, userId, messageId: second.answer.id })
    expect(await shownIds(chats, chatId, userId)).toEqual([...idsOf(first), ...idsOf(second)])
  })

  test("an answer that was replaced can be shown again, and then be written anew once more", async () => {
    const { chats, userId, chatId, first, second } = await twoTurns()
    const again = await asked(chats, regenerate(userId, chatId, second.answer.id))
    await chats.showBranch({ chatId, userId, messageId: second.answer.id })
    expect(await shownIds(chats, chatId, userId)).toEqual([...idsOf(first), ...idsOf(second)])
    const third = await asked(chats, regenerate(userId, chatId, second.answer.id))
    const shown = await chats.listMessages(chatId, userId)
    expect(shown?.at(-1)?.metadata?.branches).toEqual({
      ids: [second.answer.id, again.answer.id, third.answer.id],
      index: 2,
    })
    expect(await chats.registerTurn(regenerate(userId, chatId, second.answer.id))).toEqual({
      kind: "repeated",
      streamId: third.streamId,
    })
  })

  test("a message on a branch that is not shown can be edited: its own branch is shown then", async () => {
    const { chats, userId, chatId, first, second } = await twoTurns()
    await asked(chats, turn(userId, { chatId, replaces: askedId(first) }))
    const edit = await asked(chats, turn(userId, { chatId, replaces: askedId(second) }))
    expect(await shownIds(chats, chatId, userId)).toEqual([...idsOf(first), ...idsOf(edit)])
  })

  test("the same edit twice is one turn", async () => {
    const { chats, userId, chatId, second } = await twoTurns()
    const edit = await asked(chats, turn(userId, { chatId, replaces: askedId(second) }))
    const again = { ...turn(userId, { chatId }), asks: edit.asks }
    expect(await chats.registerTurn(again)).toEqual({ kind: "repeated", streamId: edit.streamId })
    expect(await shownIds(chats, chatId, userId)).toHaveLength(4)
  })

  test("B41 only the user's own messages in this chat can be edited, and a refusal changes nothing", async () => {
    const { chats, db, userId, chatId, first, second } = await twoTurns()
    const elsewhere = await asked(chats, turn(userId))
    const before = await chats.listMessages(chatId, userId)
    const edit = (replaces: string, more = {}) => chats.registerTurn({ ...turn(userId, { chatId, replaces }), ...more })
    expect(await edit(askedId(elsewhere))).toEqual({ kind: "refused", code: "message_not_found" })
    expect(await edit("no-such-message")).toEqual({ kind: "refused", code: "message_not_found" })
    expect(await edit(first.answer.id)).toEqual({ kind: "refused", code: "message_not_editable" })
    expect(await edit(askedId(second), { userId: await newUser(db) })).toEqual({
      kind: "refused",
      code: "chat_not_found",
    })
    expect(await edit(askedId(second), { chatId: randomUUID() })).toEqual({ kind: "refused", code: "chat_not_found" })
    expect(await chats.listMessages(chatId, userId)).toEqual(before)
    expect((await chats.listChats(userId, 9)).chats.map(({ id }) => id)).toEqual([elsewhere.chatId, chatId])
  })

  test("while an answer is written no other branch is shown", async () => {
    const { chats, userId, chatId, first, second } = await twoTurns()
    const running = turn(userId, { chatId, replaces: askedId(second) })
    await chats.registerTurn(running)
    expect(await chats.showBranch({ chatId, userId, messageId: askedId(second) })).toEqual({
      kind: "refused",
      code: "generation_running",
      streamId: running.streamId,
      isDead: false,
    })
    expect(await chats.registerTurn(turn(userId, { chatId, replaces: askedId(first) }))).toMatchObject({
      kind: "refused",
      code: "generation_running",
    })
    expect(await shownIds(chats, chatId, userId)).toEqual([...idsOf(first), ...idsOf(running)])
  })

  test("B3 B41 another user's chat, and a message of another chat, are not to be found", async () => {
    const { chats, db, userId, chatId, second } = await twoTurns()
    const elsewhere = await asked(chats, turn(userId))
    const messageId = askedId(second)
    expect(await chats.showBranch({ chatId, userId: await newUser(db), messageId })).toEqual({
      kind: "refused",
      code: "chat_not_found",
    })
    expect(await chats.showBranch({ chatId, userId, messageId: askedId(elsewhere) })).toEqual({
      kind: "refused",
      code: "message_not_found",
    })
  })

  test("turns and switches at the same time leave one unbroken branch", async () => {
    const { chats, db, userId, chatId, first } = await twoTurns()
    const edit = await asked(chats, turn(userId, { chatId, replaces: askedId(first) }))
    for (let round = 0; round < 25; round++) {
      const next = turn(userId, { chatId })
      const target = round % 2 === 0 ? askedId(first) : askedId(edit)
      const register = async () => {
        for (;;) {
          const outcome = await chats.registerTurn(next)
          if (outcome.kind !== "try-again") return outcome.kind
        }
      }
      const [registered] = await Promise.all([register(), chats.showBranch({ chatId, userId, messageId: target })])
      expect(registered).toBe("registered")
      await finish(chats, next)
      const shown = await db
        .select({ id: message.id, parentId: message.parentId })
        .from(message)
        .where(isNull(message.replacedAt))
        .orderBy(message.seq)
      expect(shown.map(({ parentId }) => parentId)).toEqual([null, ...shown.slice(0, -1).map(({ id }) => id)])
      expect(shown.at(-1)?.id).toBe(next.answer.id)
      expect([askedId(first), askedId(edit)]).toContain(shown[0]?.id)
    }
  })
})

async function asked(chats: ChatRepository, next: NewTurn): Promise<NewTurn> {
  expect(await chats.registerTurn(next)).toMatchObject({ kind: "registered" })
  await finish(chats, next)
  return next
}

function idsOf(of: NewTurn): string[] {
  return [askedId(of), of.answer.id]
}

async function shownIds(chats: ChatRepository, chatId: string, userId: string): Promise<string[] | undefined> {
  return (await chats.listMessages(chatId, userId))?.map(({ id }) => id)
}
