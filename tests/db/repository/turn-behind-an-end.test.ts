import { eq } from "drizzle-orm"
import { expect, test } from "vitest"
import { chatRepository } from "#db/repository/chat-repository.ts"
import { chat } from "#db/schema.ts"
import { describeEachDatabase, statementsWaiting } from "#tests/support/databases/databases.ts"
import { endOf, newUser, turn } from "#tests/support/databases/turns.ts"

describeEachDatabase(
  "a turn that begins while the answer before it is being ended",
  (open) => {
    test("F37 is prompted with the whole of that answer, though its own statement began before the end", async () => {
      const database = await open()
      const repository = chatRepository(database.db)
      const first = turn(await newUser(database.db))
      await repository.turns.register(first)
      const parts = [{ type: "text" as const, text: "all that was said" }]
      const letGo = Promise.withResolvers<void>()
      const isEnding = Promise.withResolvers<void>()
      // The end is first in the queue for the chat, and the turn behind it has read the answer without its last
      // words.
      const holding = database.db.transaction(async (transaction) => {
        await transaction.select().from(chat).where(eq(chat.id, first.chatId)).for("update")
        isEnding.resolve()
        await letGo.promise
      })
      await isEnding.promise
      const ended = repository.streams.end({ ...endOf(first), parts })
      await expect.poll(() => statementsWaiting(database), { interval: 5 }).toBe(1)
      const second = repository.turns.register(turn(first.userId, { chatId: first.chatId }))
      await expect.poll(() => statementsWaiting(database), { interval: 5 }).toBe(2)
      letGo.resolve()
      await Promise.all([holding, ended])
      const outcome = await second
      expect(outcome).toMatchObject({ kind: "registered" })
      if (outcome.kind === "registered") expect(outcome.history.at(-1)).toMatchObject({ role: "assistant", parts })
    })
  },
  ["postgres"],
)
