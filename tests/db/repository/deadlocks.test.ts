import { eq, sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { type ChatRepository, chatRepository } from "#db/repository/chat-repository.ts"
import type { NewTurn } from "#db/repository/turns/turn.ts"
import { chatStream, message } from "#db/schema.ts"
import { describeEachDatabase, statementsWaiting, type TestDatabase } from "#tests/support/databases/databases.ts"
import { askedId, endOf, grow, newUser, regenerate, turn } from "#tests/support/databases/turns.ts"
import { hangMs } from "#tests/support/within.ts"

type Change = (repository: ChatRepository, running: NewTurn) => Promise<unknown>

const changes: Record<string, Change> = {
  "the message is sent again": (repository, running) =>
    repository.turns.register({ ...turn(running.userId), chatId: running.chatId, asks: running.asks }),
  "another message is sent": (repository, running) =>
    repository.turns.register(turn(running.userId, { chatId: running.chatId })),
  "the answer is regenerated": (repository, running) =>
    repository.turns.register(regenerate(running.userId, running.chatId, running.answer.id)),
  "the question is edited": (repository, running) =>
    repository.turns.register(turn(running.userId, { chatId: running.chatId, replaces: askedId(running) })),
  "another branch is shown": (repository, running) =>
    repository.messages.showBranch({ chatId: running.chatId, userId: running.userId, messageId: askedId(running) }),
  "the chat is deleted": (repository, running) => repository.chats.delete(running.chatId, running.userId),
  "the answer grows": (repository, running) => grow(repository, running, "half", { isRepeated: true }),
  "the answer ends": (repository, running) => repository.streams.end(endOf(running)),
  "the answer's producer is dead": (repository, running) =>
    repository.streams.claimDead({ streamId: running.streamId, leaseMs: 10_000, maxEpoch: 1 }),
}

describeEachDatabase(
  "concurrent changes of a chat",
  (open) => {
    test.each(Object.keys(changes))(
      "F22 while %s, any other write may happen: neither waits for ever",
      async (first) => {
        const database = await open()
        const failed: string[] = []
        for (const second of Object.keys(changes))
          for (const { reason } of await rejectedOf(database, [first, second]))
            failed.push(`${second}: ${reason?.cause ?? reason}`)
        expect(failed).toEqual([])
      },
    )
  },
  ["postgres"],
)

/** Runs both on one answer, each up to the lock on it where all meet; then lets them continue. */
async function rejectedOf(database: TestDatabase, names: string[]): Promise<PromiseRejectedResult[]> {
  const repository = chatRepository(database.db)
  const running = turn(await newUser(database.db))
  await repository.turns.register(running)
  await database.db.update(chatStream).set({ leaseExpiresAt: sql`now() - interval '1 second'` })
  const letGo = await holdAnswer(database, running)
  const both: Promise<unknown>[] = []
  let underWay = 0
  for (const name of names) {
    underWay += 1
    const change = changes[name]?.(repository, running).finally(() => {
      underWay -= 1
    })
    change?.catch(() => undefined) // told below
    both.push(change ?? Promise.reject(new Error(name)))
    await expect
      .poll(async () => (await statementsWaiting(database)) >= underWay, { interval: 5, timeout: hangMs })
      .toBe(true)
  }
  await letGo()
  return (await Promise.allSettled(both)).filter((outcome) => outcome.status === "rejected")
}

/** Holds the lock on the answer, so that everyone who needs it waits here. */
async function holdAnswer({ db }: TestDatabase, running: NewTurn): Promise<() => Promise<void>> {
  const held = Promise.withResolvers<void>()
  const letGo = Promise.withResolvers<void>()
  const holding = db.transaction(async (transaction) => {
    await transaction.select().from(message).where(eq(message.id, running.answer.id)).for("update")
    held.resolve()
    await letGo.promise
  })
  await held.promise
  return async () => {
    letGo.resolve()
    await holding
  }
}
