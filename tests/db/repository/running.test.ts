import { eq, sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { chatRepository } from "#db/repository/chat-repository.ts"
import { chatStream } from "#db/schema.ts"
import { describeEachDatabase } from "#tests/support/databases/databases.ts"
import { endOf, grow, newUser, text, turn } from "#tests/support/databases/turns.ts"

describeEachDatabase("a running answer", (open) => {
  test("is listed for all users, oldest first, with its stored size, its takeovers and whether it is dead", async () => {
    const { db } = await open()
    const repository = chatRepository(db)
    const [ada, bob] = [await newUser(db), await newUser(db)]
    const turns = [turn(ada, { text: "one" }), turn(bob, { text: "two" }), turn(bob, { text: "three" })]
    for (const begun of turns) await repository.turns.register(begun)
    const [first, second, third] = turns
    if (!first || !second || !third) throw new Error("three turns were begun")
    await grow(repository, first, "twelve chars")
    await grow(repository, first, "é👩", { number: 2 })
    await repository.streams.end({ ...endOf(second), parts: [text("over")] })
    await db
      .update(chatStream)
      .set({
        epoch: 2,
        leaseExpiresAt: sql`now() - interval '1 second'`,
        createdAt: sql`now() - interval '90 seconds'`,
      })
      .where(eq(chatStream.streamId, third.streamId))

    const listed = await repository.turns.listRunning(10)
    expect(listed.map(({ streamId }) => streamId)).toEqual([third.streamId, first.streamId])
    expect(listed[0]).toMatchObject({ userId: bob, chatId: third.chatId, epoch: 2, isDead: true, chars: 0 })
    expect(listed[0]?.ageSeconds).toBeGreaterThanOrEqual(90)
    expect(listed[0]?.ageSeconds).toBeLessThan(150)
    expect(listed[1]).toMatchObject({ userId: ada, agent: first.agent, epoch: 1, isDead: false, chars: 14 })
    expect(await repository.turns.listRunning(1)).toHaveLength(1)
  })
})
