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
    const repository = chatRepository(db)
    const userId = await newUser(db)
    const first = await asked(repository, turn(userId))
    const second = await asked(repository, turn(userId, { chatId: first.chatId }))
    return { repository, db, userId, chatId: first.chatId, first, second }
  }

  test("an edited message begins a branch: its ancestors stay, and the old continuation is hidden", async () => {
    const { repository, userId, chatId, first, second } = await twoTurns()
    const edit = turn(userId, { chatId, replaces: askedId(second) })
    const outcome = await repository.turns.register(edit)
    expect(outcome.kind === "registered" && outcome.history.map(({ id }) => id)).toEqual(idsOf(first))
    await finish(repository, edit)
    const shown = await repository.messages.list(chatId, userId)
    expect(shown?.map(({ id }) => id)).toEqual([...idsOf(first), ...idsOf(edit)])
    expect(shown?.map(({ metadata }) => metadata?.branches)).toEqual([
      undefined,
      undefined,
      { ids: [askedId(second), askedId(edit)], index: 1 },
      undefined,
    ])
    expect(await repository.messages.find(second.answer.id)).toBeDefined()
  })

  test("the first message can be edited", async () => {
    const { repository, userId, chatId, first } = await twoTurns()
    const edit = await asked(repository, turn(userId, { chatId, replaces: askedId(first) }))
    const shown = await repository.messages.list(chatId, userId)
    expect(shown?.map(({ id }) => id)).toEqual(idsOf(edit))
    expect(shown?.[0]?.metadata?.branches).toEqual({ ids: [askedId(first), askedId(edit)], index: 1 })
  })

  test("switching back to a branch shows all that followed, and the next turn continues from there", async () => {
    const { repository, userId, chatId, first, second } = await twoTurns()
    const edit = await asked(repository, turn(userId, { chatId, replaces: askedId(first) }))
    expect(await repository.messages.showBranch({ chatId, userId, messageId: askedId(first) })).toEqual({
      kind: "shown",
    })
    expect(await shownIds(repository, chatId, userId)).toEqual([...idsOf(first), ...idsOf(second)])
    expect((await repository.streams.findNewest(chatId, userId))?.stream?.messageId).toBe(second.answer.id)

    const third = turn(userId, { chatId })
    const outcome = await repository.turns.register(third)
    expect(outcome.kind === "registered" && outcome.history.map(({ id }) => id)).toEqual([
      ...idsOf(first),
      ...idsOf(second),
    ])
    await finish(repository, third)
    await repository.messages.showBranch({ chatId, userId, messageId: edit.answer.id })
    expect(await shownIds(repository, chatId, userId)).toEqual(idsOf(edit))
    await repository.messages.showBranch({ chatId, userId, messageId: askedId(first) })
    expect(await shownIds(repository, chatId, userId)).toEqual([...idsOf(first), ...idsOf(second), ...idsOf(third)])
  })

  test("of several branches below a message the newest is shown", async () => {
    const { repository, userId, chatId, first, second } = await twoTurns()
    const other = await asked(repository, turn(userId, { chatId, replaces: askedId(second) }))
    const away = await asked(repository, turn(userId, { chatId, replaces: askedId(first) }))
    expect(await shownIds(repository, chatId, userId)).toEqual(idsOf(away))
    await repository.messages.showBranch({ chatId, userId, messageId: askedId(first) })
    expect(await shownIds(repository, chatId, userId)).toEqual([...idsOf(first), ...idsOf(other)])
    await repository.messages.showBranch({ chatId, userId, messageId: second.answer.id })
    expect(await shownIds(repository, chatId, userId)).toEqual([...idsOf(first), ...idsOf(second)])
  })

  test("a replaced answer can be shown again, and then regenerated again", async () => {
    const { repository, userId, chatId, first, second } = await twoTurns()
    const again = await asked(repository, regenerate(userId, chatId, second.answer.id))
    await repository.messages.showBranch({ chatId, userId, messageId: second.answer.id })
    expect(await shownIds(repository, chatId, userId)).toEqual([...idsOf(first), ...idsOf(second)])
    const third = await asked(repository, regenerate(userId, chatId, second.answer.id))
    const shown = await repository.messages.list(chatId, userId)
    expect(shown?.at(-1)?.metadata?.branches).toEqual({
      ids: [second.answer.id, again.answer.id, third.answer.id],
      index: 2,
    })
    expect(await repository.turns.register(regenerate(userId, chatId, second.answer.id))).toEqual({
      kind: "repeated",
      streamId: third.streamId,
    })
  })

  test("editing a message on a hidden branch shows that branch", async () => {
    const { repository, userId, chatId, first, second } = await twoTurns()
    await asked(repository, turn(userId, { chatId, replaces: askedId(first) }))
    const edit = await asked(repository, turn(userId, { chatId, replaces: askedId(second) }))
    expect(await shownIds(repository, chatId, userId)).toEqual([...idsOf(first), ...idsOf(edit)])
  })

  test("a repeated edit is one turn", async () => {
    const { repository, userId, chatId, second } = await twoTurns()
    const edit = await asked(repository, turn(userId, { chatId, replaces: askedId(second) }))
    const again = { ...turn(userId, { chatId }), asks: edit.asks }
    expect(await repository.turns.register(again)).toEqual({ kind: "repeated", streamId: edit.streamId })
    expect(await shownIds(repository, chatId, userId)).toHaveLength(4)
  })

  test("B41 only the user's own messages in this chat can be edited, and a refusal changes nothing", async () => {
    const { repository, db, userId, chatId, first, second } = await twoTurns()
    const elsewhere = await asked(repository, turn(userId))
    const before = await repository.messages.list(chatId, userId)
    const edit = (replaces: string, more = {}) =>
      repository.turns.register({ ...turn(userId, { chatId, replaces }), ...more })
    expect(await edit(askedId(elsewhere))).toEqual({ kind: "refused", code: "message_not_found" })
    expect(await edit("no-such-message")).toEqual({ kind: "refused", code: "message_not_found" })
    expect(await edit(first.answer.id)).toEqual({ kind: "refused", code: "message_not_editable" })
    expect(await edit(askedId(second), { userId: await newUser(db) })).toEqual({
      kind: "refused",
      code: "chat_not_found",
    })
    expect(await edit(askedId(second), { chatId: randomUUID() })).toEqual({ kind: "refused", code: "chat_not_found" })
    expect(await repository.messages.list(chatId, userId)).toEqual(before)
    expect((await repository.chats.list(userId, 9)).chats.map(({ id }) => id)).toEqual([elsewhere.chatId, chatId])
  })

  test("while an answer is written no other branch can be shown", async () => {
    const { repository, userId, chatId, first, second } = await twoTurns()
    const running = turn(userId, { chatId, replaces: askedId(second) })
    await repository.turns.register(running)
    expect(await repository.messages.showBranch({ chatId, userId, messageId: askedId(second) })).toEqual({
      kind: "refused",
      code: "generation_running",
      streamId: running.streamId,
      isDead: false,
    })
    expect(await repository.turns.register(turn(userId, { chatId, replaces: askedId(first) }))).toMatchObject({
      kind: "refused",
      code: "generation_running",
    })
    expect(await shownIds(repository, chatId, userId)).toEqual([...idsOf(first), ...idsOf(running)])
  })

  test("B3 B41 another user's chat and a message of another chat are not found", async () => {
    const { repository, db, userId, chatId, second } = await twoTurns()
    const elsewhere = await asked(repository, turn(userId))
    const messageId = askedId(second)
    expect(await repository.messages.showBranch({ chatId, userId: await newUser(db), messageId })).toEqual({
      kind: "refused",
      code: "chat_not_found",
    })
    expect(await repository.messages.showBranch({ chatId, userId, messageId: askedId(elsewhere) })).toEqual({
      kind: "refused",
      code: "message_not_found",
    })
  })

  test("concurrent turns and switches leave one unbroken branch", async () => {
    const { repository, db, userId, chatId, first } = await twoTurns()
    const edit = await asked(repository, turn(userId, { chatId, replaces: askedId(first) }))
    for (let round = 0; round < 25; round++) {
      const next = turn(userId, { chatId })
      const target = round % 2 === 0 ? askedId(first) : askedId(edit)
      const register = async () => {
        for (;;) {
          const outcome = await repository.turns.register(next)
          if (outcome.kind !== "try-again") return outcome.kind
        }
      }
      const [registered] = await Promise.all([
        register(),
        repository.messages.showBranch({ chatId, userId, messageId: target }),
      ])
      expect(registered).toBe("registered")
      await finish(repository, next)
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

async function asked(repository: ChatRepository, next: NewTurn): Promise<NewTurn> {
  expect(await repository.turns.register(next)).toMatchObject({ kind: "registered" })
  await finish(repository, next)
  return next
}

function idsOf(of: NewTurn): string[] {
  return [askedId(of), of.answer.id]
}

async function shownIds(repository: ChatRepository, chatId: string, userId: string): Promise<string[] | undefined> {
  return (await repository.messages.list(chatId, userId))?.map(({ id }) => id)
}
