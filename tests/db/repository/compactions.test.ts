import { randomUUID } from "node:crypto"
import { expect, test } from "vitest"
import { chatRepository } from "#db/repository/chat-repository.ts"
import { compaction } from "#db/schema.ts"
import { describeEachDatabase } from "#tests/support/databases/databases.ts"
import { askedId, finish, newUser, turn } from "#tests/support/databases/turns.ts"

describeEachDatabase("compactions of a chat", (open) => {
  async function threeTurns() {
    const { db } = await open()
    const repository = chatRepository(db)
    const userId = await newUser(db)
    const chatId = randomUUID()
    const turns = [turn(userId, { chatId }), turn(userId, { chatId }), turn(userId, { chatId })] as const
    for (const each of turns) {
      await repository.turns.register(each)
      await finish(repository, each)
    }
    const compact = (upToMessageId: string, summary: string) =>
      repository.messages.addCompaction({
        chatId,
        upToMessageId,
        summary,
        tokensBefore: 900,
        tokensAfter: 90,
        model: "test",
      })
    return { repository, db, userId, chatId, turns, compact }
  }

  test("the history begins with the newest summary and continues with the messages that it does not cover", async () => {
    const { repository, userId, chatId, turns, compact } = await threeTurns()
    const [first, second, third] = turns
    await compact(first.answer.id, "the first turn")
    await compact(second.answer.id, "both turns")
    const next = turn(userId, { chatId })
    const outcome = await repository.turns.register(next)
    const history = outcome.kind === "registered" ? outcome.history : []
    expect(history).toEqual([
      { id: second.answer.id, role: "assistant", parts: [], summary: "both turns" },
      { id: askedId(third), role: "user", parts: expect.any(Array) },
      { id: third.answer.id, role: "assistant", parts: expect.any(Array) },
    ])
    expect((await repository.messages.findHistory(chatId)).slice(0, 3)).toEqual(history)
  })

  test("only the newest summary is shown, on the last message that it covers", async () => {
    const { repository, userId, chatId, turns, compact } = await threeTurns()
    await compact(turns[0].answer.id, "the first turn")
    await compact(turns[1].answer.id, "both turns")
    const shown = (await repository.messages.list(chatId, userId)) ?? []
    expect(shown.map(({ metadata }) => metadata?.compaction?.summary)).toEqual([
      undefined,
      undefined,
      undefined,
      "both turns",
      undefined,
      undefined,
    ])
    const createdAt = shown[3]?.metadata?.compaction?.createdAt ?? ""
    expect(Number.isNaN(Date.parse(createdAt))).toBe(false)
  })

  test("on another branch a summary counts only if its last message is there", async () => {
    const { repository, userId, chatId, turns, compact } = await threeTurns()
    await compact(turns[0].answer.id, "the first turn")
    await compact(turns[1].answer.id, "both turns")
    const edit = turn(userId, { chatId, replaces: askedId(turns[1]) })
    const outcome = await repository.turns.register(edit)
    expect(outcome.kind === "registered" && outcome.history).toEqual([
      { id: turns[0].answer.id, role: "assistant", parts: [], summary: "the first turn" },
    ])
  })

  test("two processes that summarize up to the same message store one summary; a message of another chat gets none", async () => {
    const { repository, db, chatId, turns, compact } = await threeTurns()
    await compact(turns[0].answer.id, "the first")
    await compact(turns[0].answer.id, "the second")
    await compact("no-such-message", "nothing")
    expect((await db.select().from(compaction)).map(({ summary }) => summary)).toEqual(["the first"])
    expect((await repository.messages.findHistory(chatId))[0]?.summary).toBe("the first")
  })

  test("a producer that takes over an answer also gets the summary", async () => {
    const { repository, userId, chatId, turns, compact } = await threeTurns()
    await compact(turns[1].answer.id, "both turns")
    const next = { ...turn(userId, { chatId }), leaseMs: -1 }
    await repository.turns.register(next)
    const claimed = await repository.streams.claimDead({ streamId: next.streamId, leaseMs: 1_000, maxEpoch: 3 })
    expect(claimed?.history.map(({ id, summary }) => summary ?? id)).toEqual([
      "both turns",
      askedId(turns[2]),
      turns[2].answer.id,
      askedId(next),
    ])
  })
})
